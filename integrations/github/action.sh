#!/usr/bin/env bash
# What action.yml runs: installs this hardener by itself, reviews, and shows the review in the job's summary and, if COMMENT
# is true, in the one comment of a pull request. Every word of its user's comes in a variable.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
python3 -m venv "$RUNNER_TEMP/hardener"
"$RUNNER_TEMP/hardener/bin/python" -m pip install --quiet --disable-pip-version-check "$here/../.."
export PATH="$RUNNER_TEMP/hardener/bin:$PATH" REVIEW="$RUNNER_TEMP/review.md"
rm -f -- "$REVIEW"

code=0
sh "$here/../review.sh" || code=$?
if [ -f "$REVIEW" ]; then
    # GitHub shows a megabyte.
    head -c 1000000 "$REVIEW" >> "$GITHUB_STEP_SUMMARY"
fi
if [ -f "$REVIEW" ] && [ "$COMMENT" = true ] && [ -n "$NUMBER" ]; then
    # A fork's change gets no token that may write: there, the summary shows the same.
    if [ "$HEAD_REPOSITORY" = "$REPOSITORY" ]; then
        python3 "$here/comment.py" "$REVIEW"
    else
        echo "::notice::The change comes from a fork: see the summary of this job."
    fi
fi
exit "$code"
