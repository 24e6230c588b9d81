#!/bin/sh
# Checks profiles and their output, and writes what a change does to them as markdown for a comment.
#
#     integrations/review.sh
#
# Its words are variables: PROFILES (patterns, such as profiles/*.yaml), OUTPUT (the folder above theirs), BASE (the
# revision into which the change goes; without one nothing is compared), FAIL_ON (never, weaker or any), REVIEW (the file to
# write). It asks for hardener and git. Ends with 1 if the answer is no, with 2 if it could not do its work. The action for
# GitHub runs it, and templates/hardener.yml for GitLab holds it.
set -eu
worst=0

# answered CODE: remembers the worst answer so far.
answered() {
    [ "$1" -le "$worst" ] || worst=$1
}

# removed: the profiles that the change takes away.
removed() {
    set -f
    for pattern in $PROFILES; do
        git -c core.quotePath=off diff --name-only --no-renames --diff-filter=D "$base" HEAD -- ":(glob)${pattern#./}"
    done
}

# told FILE WHAT: a sentence on a profile that cannot be compared. Its name may be a stranger's: no mark-up gets through.
told() {
    printf '**%s** %s\n\n' "$(printf %s "$1" | tr -c 'A-Za-z0-9._/-' '?')" "$2"
}

# differences FILE: what the change of one profile means.
differences() {
    if git cat-file -e "$base:./${1#./}" 2> /dev/null; then
        hardener diff --format markdown --fail-on "$FAIL_ON" "$base:./${1#./}" "./${1#./}" || answered $?
        echo
    else
        told "$1" "is new. There is nothing to compare it with: read all of it."
    fi
}

# The patterns are patterns here, and nothing else: no word of theirs is run.
# shellcheck disable=SC2086
hardener check --output "$OUTPUT" -- $PROFILES || answered $?
# The first line is how a comment is found again.
printf '%s\n' '<!-- hardener -->' > "$REVIEW"
if [ -n "$BASE" ]; then
    base=$(git merge-base "$BASE" HEAD) || { echo "git knows no commit that this and $BASE have in common" >&2; exit 2; }
    base=$(git rev-parse --short "$base")
    for file in $PROFILES; do
        differences "$file" >> "$REVIEW"
    done
    removed | while IFS= read -r file; do
        told "$file" "was removed. What it rendered to is no longer applied or guarded by anybody."
    done >> "$REVIEW"
fi
[ "$worst" -eq 0 ] || printf '%s\n' '> [!WARNING]' '> The answer is no: see what the job printed.' >> "$REVIEW"
exit "$worst"
