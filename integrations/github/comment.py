"""Write a file as the one comment of hardener's on a pull request, or change the one that is there.

Asks for gh, with GH_TOKEN. Only what a program wrote before is changed, never what a person did.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

MARK = "<!-- hardener -->"
# A comment has 65536 characters at most.
LONGEST = 60_000


def gh(*words: str, body: object = None) -> str:
    """What GitHub's API answers."""
    given = None if body is None else json.dumps(body)
    command = ["gh", "api", *words, *(["--input", "-"] if given else [])]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603


def main(review: Path) -> None:
    """Find the comment, and write it."""
    text = review.read_text(encoding="utf-8")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n\nThe rest is in the summary of {os.environ['RUN']}"
    repository = f"repos/{os.environ['REPOSITORY']}/issues"
    comments = f"{repository}/{os.environ['NUMBER']}/comments"
    known = (each for page in json.loads(gh("--paginate", "--slurp", comments)) for each in page)
    ours = (each["id"] for each in known if each["user"]["type"] == "Bot" and each["body"].startswith(MARK))
    if (found := next(ours, None)) is None:
        gh("--method", "POST", comments, body={"body": text})
    else:
        gh("--method", "PATCH", f"{repository}/comments/{found}", body={"body": text})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
