"""The comment that the README shows is the one that the pull request there gets. With --update it is written anew."""

import re
import subprocess
from pathlib import Path

from hardener.cli import main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- hardener diff shop-prod -->\n", "<!-- end of the comment -->\n"


def changed(profile: str, diff: str) -> str:
    """The profile with the lines that a diff takes out replaced by those that it puts in."""
    for hunk in re.findall(r"((?:-.*\n)+)((?:\+.*\n)+)", diff):
        old, new = ("".join(line[1:] + "\n" for line in lines.splitlines()) for lines in hunk)
        assert profile.count(old) == 1, old
        profile = profile.replace(old, new)
    return profile


def test_the_comment_shown_is_what_the_pull_request_gets(tmp_path, monkeypatch, capsys, request):
    readme = README.read_text()
    profile = (ROOT / "profiles/shop-prod.yaml").read_text()
    (diff,) = re.findall(r"^```diff\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"`hardener (diff main:profiles/shop-prod\.yaml .*?)`", readme)
    monkeypatch.chdir(tmp_path)
    Path("profiles").mkdir()
    Path("profiles/shop-prod.yaml").write_text(profile)
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "the shop"]):
        subprocess.run(["git", *who, *words], check=True)
    Path("profiles/shop-prod.yaml").write_text(changed(profile, diff))

    assert main(command.split()) == 0
    comment = capsys.readouterr().out
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    told = f"{before}{comment}\n{END}{after}"
    if request.config.getoption("--update"):
        README.write_text(told)
    assert comment.startswith(BEGIN)
    assert readme == told


def test_the_pull_request_shown_changes_what_it_says():
    assert changed("a\nb\nc\n", "-b\n+d\n+e\n") == "a\nd\ne\nc\n"
