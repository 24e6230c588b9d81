#!/bin/sh
# Writes a file as the one note of hardener's on a merge request, or changes the one that is there. Asks for curl and
# python3, and for REVIEW_TOKEN: a project access token with the scope api and the role Reporter.
#
#     ci/comment-gitlab.sh FILE
set -eu
[ $# -eq 1 ] || { printf '%s\n' "usage: ci/comment-gitlab.sh FILE" >&2; exit 2; }
notes=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes

# The token is read from standard input: what stands on a command line, everybody on the machine can read.
call() {
    printf 'header = "PRIVATE-TOKEN: %s"\n' "$REVIEW_TOKEN" |
        curl --config - --fail --silent --show-error --proto '=https' "$@"
}

# Only what this token wrote itself: nobody else's note is changed.
mine='
import json, sys
me, notes = (json.loads(text) for text in sys.argv[1:])
found = (note["id"] for note in notes if note["author"]["id"] == me["id"] and note["body"].startswith("<!-- hardener -->"))
print(next(found, ""))
'
id=$(python3 -I -c "$mine" "$(call "$CI_API_V4_URL/user")" "$(call "$notes?sort=asc&order_by=created_at&per_page=100")")
if [ -n "$id" ]; then
    call --request PUT --data-urlencode "body@$1" "$notes/$id" > /dev/null
else
    call --request POST --data-urlencode "body@$1" "$notes" > /dev/null
fi
