"""The releases of a run, and which of them judges what."""

import os
import subprocess
import sys

import pytest

from tests.components import releases
from tests.components.kubeadm import added

ALL_MINORS = [f"1.{minor}" for minor in range(24, 38)]


@pytest.mark.parametrize(("asked", "expected"), [("all", releases.ALL), ("", releases.ALL[:2])])
def test_a_run_has_two_releases_unless_all_are_asked_for(asked, expected):
    program = "from tests.components import releases; print(*releases.KUBERNETES)"
    environment = os.environ | {"HARDENER_RELEASES": asked}
    run = subprocess.run((sys.executable, "-c", program), env=environment, capture_output=True, text=True, check=True)
    assert tuple(run.stdout.split()) == expected


def test_the_next_release_of_the_run_judges(monkeypatch):
    monkeypatch.setattr(releases, "KUBERNETES", releases.ALL[:2])
    assert [releases.judging(minor) for minor in ALL_MINORS] == ["1.24.17", *["1.37.1"] * 13]

    monkeypatch.setattr(releases, "KUBERNETES", releases.ALL)
    judges = [releases.judging(minor) for minor in ALL_MINORS]
    assert judges == ["1.24.17", *["1.30.14"] * 6, *["1.36.3"] * 6, "1.37.1"]


@pytest.mark.parametrize("release", releases.ALL)
def test_what_kubeadm_adds_is_known_of_every_release(release):
    flags = [flag.partition("=")[0] for flag in added("etcd", releases.minor(release))]
    assert len(set(flags)) == len(flags)
    assert any("corrupt-check" in flag for flag in flags) or "--feature-gates" in flags
