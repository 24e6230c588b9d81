"""The image holds what is built and nothing else, and what it runs needs to write nowhere but to its output."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

from tests.making import committed, git, run

ROOT = Path(__file__).parent.parent


def instructions(text):
    """The words of each instruction of a Dockerfile, a list for each stage, after what stands before all of them."""
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text)).splitlines()
    stages = [[]]
    for words in filter(None, (line.split(maxsplit=1) for line in lines)):
        stages += [[]] if words[0] == "FROM" else []
        stages[-1].append(tuple(words))
    return stages


def test_the_image_is_nobodys_and_holds_only_what_was_built():
    before, build, final = instructions((ROOT / "Dockerfile").read_text())
    ((_, base),) = before
    assert re.fullmatch(r"BASE=python:3\.\d+-slim-[a-z]+", base)
    assert (build[0], final[0]) == (("FROM", "${BASE} AS build"), ("FROM", "${BASE}"))
    assert [words for words in final if words[0] in ("RUN", "COPY", "ADD")] == [
        ("COPY", "--from=build /opt/hardener /opt/hardener")
    ]
    told = dict(final)
    assert re.fullmatch(r"([1-9]\d{3,}):\1", told["USER"])
    assert json.loads(told["ENTRYPOINT"]) == ["hardener"]
    assert told["ENV"].split() == ["PATH=/opt/hardener/bin:$PATH", "PYTHONDONTWRITEBYTECODE=1"]
    assert "--without-pip" in dict(build)["RUN"]


def test_the_image_is_built_of_what_the_wheel_is_made_of_and_nothing_else():
    _, build, _ = instructions((ROOT / "Dockerfile").read_text())
    copied = [word for name, words in build if name == "COPY" for word in words.split()[:-1]]
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert copied == sent == ["pyproject.toml", "README.md", "hardener"]
    assert "\n*\n" in (ROOT / ".dockerignore").read_text()


# All is read-only but for the folder of the output, nothing answers from outside, and root may no more than anybody.
CONFINED = """\
set -e
mount --make-rprivate /
mount --bind output output
for at in $(awk '$2 != "'"$PWD"'/output" && $2 !~ "^/(proc|sys|dev)" {print $2}' /proc/self/mounts); do
    mount -o remount,bind,ro "$at"
done
if touch "$PWD/here" 2> /dev/null; then exit 9; fi
exec setpriv --inh-caps=-all --bounding-set=-all --no-new-privs env -i PYTHONDONTWRITEBYTECODE=1 "$@"
"""


def test_what_the_image_runs_writes_only_to_its_output(tmp_path):
    (tmp_path / "profiles").mkdir()
    shutil.copy(ROOT / "profiles/small.yaml", tmp_path / "profiles")
    shutil.copytree(ROOT / "output/small", tmp_path / "output/small")
    committed(tmp_path, "Describe the cluster")
    profile = tmp_path / "profiles/small.yaml"
    profile.write_text(profile.read_text().replace("8443", "8444"))
    render = (str(Path(sys.executable).parent / "hardener"), "render", "--unproven", "profiles/small.yaml")
    alone = ("unshare", "--mount", "--net", *(["--map-root-user"] if os.geteuid() else []))
    ended = run(tmp_path, *alone, "sh", "-c", CONFINED, "sh", *render)
    assert ended.returncode == 0, ended.stderr
    changed = "api/network.yaml", "web/network.yaml"
    wanted = [f" M output/small/manifests/namespaces/{file}" for file in changed]
    status = git(tmp_path, "status", "--porcelain").splitlines()
    assert status == [*wanted, " M output/small/profile.json", " M profiles/small.yaml"]
