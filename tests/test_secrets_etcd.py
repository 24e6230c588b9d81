"""etcd's own parser of flags judges what is rendered for it, in the release that belongs to each Kubernetes."""

from __future__ import annotations

import subprocess

import pytest

from tests.components import build
from tests.components.releases import KUBERNETES, LAST_WITH_POD_SECURITY_POLICY, NEWEST, minor
from tests.control_planes import BODIES, files


def parsed(release: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """etcd reads all of its flags before it says its version."""
    return subprocess.run([build.component("etcd", release), *flags, "--version"], capture_output=True, text=True)


@pytest.mark.parametrize("release", KUBERNETES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_40_etcd_knows_every_flag_that_is_rendered_for_it(body, release):
    flags = files(body, minor(release))["control-plane/etcd.flags"].splitlines()
    assert len(flags) >= 10
    answer = parsed(release, *flags)
    assert (answer.returncode, answer.stdout.startswith("etcd Version: 3.")) == (0, True), answer.stderr


def test_pitfall_40_a_flag_that_etcd_lost_would_stop_it():
    assert parsed(LAST_WITH_POD_SECURITY_POLICY, "--enable-v2=false").returncode == 0
    lost = parsed(NEWEST, "--enable-v2=false")
    assert lost.returncode != 0
    assert "-enable-v2" in lost.stderr
