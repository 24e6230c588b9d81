#!/usr/bin/env bash
# What action.yml runs: installs this hardener by itself, reviews, and shows the review in the job's summary and, if COMMENT
# is true, in the one comment of a pull request. Every word of its user's comes in a variable.
set -euo pipefail
# Only what comments may know this, and no Python may take a module from the change's own files.
token=$GH_TOKEN
unset GH_TOKEN
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
python3 -I -m venv "$RUNNER_TEMP/hardener"
"$RUNNER_TEMP/hardener/bin/python" -I -m pip install --quiet --disable-pip-version-check "$here/../.."
export PATH="$RUNNER_TEMP/hardener/bin:$PATH" REVIEW="$RUNNER_TEMP/review.md"
rm -f -- "$REVIEW"

# What is shown of a change is no word to the runner, until one that nobody can guess.
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
code=0
echo "::stop-commands::$word"
sh "$here/../review.sh" || code=$?
echo "::$word::"
if [ -f "$REVIEW" ]; then
    # GitHub shows a megabyte.
    head -c 1000000 "$REVIEW" >> "$GITHUB_STEP_SUMMARY"
fi
if [ -f "$REVIEW" ] && [ "$COMMENT" = true ] && [ -n "$NUMBER" ]; then
    # A fork's change gets no token that may write: there, the summary shows the same.
    if [ "$HEAD_REPOSITORY" = "$REPOSITORY" ]; then
        GH_TOKEN=$token python3 -I "$here/comment.py" "$REVIEW"
    else
        echo "::notice::The change comes from a fork: see the summary of this job."
    fi
fi
exit "$code"
