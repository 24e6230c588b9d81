"""Small profiles for tests, and the files that become of them."""

from __future__ import annotations

from hardener.emitters import emit
from hardener.errors import ProfileError
from hardener.expand import expand
from hardener.profile import ASKED, Profile, read
from hardener.rules import read_sound
from hardener.source import parse

HEAD = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {{name: example}}
cluster:
  kubernetes: "{version}"
  distribution: kubeadm
  cni: {cni}
  networks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.10.0/24]
    controlPlane: [192.168.10.0/29]
"""


def written(body: str, *, version: str = "1.34", cni: str = "calico") -> str:
    """A profile whose sections are `body`; what begins it with two spaces belongs to `cluster`."""
    return HEAD.format(version=version, cni=cni) + body


def profile(body: str, *, version: str = "1.34", cni: str = "calico") -> Profile:
    """The profile, of sound shape and not asked for more."""
    return read(parse(written(body, version=version, cni=cni), "profile.yaml"))


def files(body: str, *, version: str = "1.34", cni: str = "calico") -> dict[str, str]:
    """The rendered files by path, whatever the rules say of the profile."""
    return {artifact.path: artifact.text for artifact in emit(expand(profile(body, version=version, cni=cni)))}


def decided(body: str) -> dict[str, str]:
    """What was made of a profile, by path, without the profile itself: its lists keep the order of whoever wrote it."""
    return {path: text for path, text in files(body).items() if path != ASKED}


def refusals(body: str, *, version: str = "1.34", cni: str = "calico") -> list[tuple[str, str]]:
    """Rule and place of every refusal; none for a sound profile."""
    try:
        read_sound(parse(written(body, version=version, cni=cni), "profile.yaml"))
    except ProfileError as error:
        return [(problem.rule, problem.where) for problem in error.problems]
    return []
