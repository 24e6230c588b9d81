"""What an API server refuses before policies judge it, in the words of `admit`, and what a real one says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hardener.catalog.kubernetes import minor as minor_of
from hardener.cli import main
from hardener.verify.admission import Admission, shape, validation
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.written import read
from tests import rendering
from tests.admitting import answers, running
from tests.components.releases import LAST_WITH_POD_SECURITY_POLICY, NEWEST, minor
from tests.pods_invalid import INVALID, VALID, asking, of
from tests.verifying import PROFILES, edit, findings, rendered

Pod = dict[str, Any]
QUOTAS = "manifests/namespaces/web/quotas.yaml"
BODY = """
zones: {open: {trust: 50, podSecurity: privileged}}
tenants: {team: {namespaces: {open: {zone: open}}}}
"""


def mistakes(pod: Pod, at: int = 1_000) -> list[str]:
    """What is wrong with a pod at a minor version, where nothing is wrong with its shape."""
    assert list(shape.mistakes(pod["spec"])) == []
    return [what for _, what in validation.mistakes(shape.stored(pod["spec"], at))]


def test_what_is_always_overwritten_may_be_anything() -> None:
    pod = of({"imagePullPolicy": "always"})

    assert list(validation.slips(pod["spec"])) == []
    assert mistakes(pod) == ["this is none of Always, IfNotPresent, Never"]


@pytest.mark.parametrize(("says", "pod"), INVALID)
def test_what_no_server_takes_is_named_once(says: str, pod: Pod) -> None:
    found = mistakes(pod)

    assert found
    assert all(says in what for what in found), found


@pytest.mark.parametrize("pod", VALID)
def test_what_a_server_takes_has_no_mistake(pod: Pod) -> None:
    assert mistakes(pod) == []


@pytest.mark.parametrize("name", ["P_x", "-a", "a.", "a..b", "a" * 254])
def test_a_name_is_lower_case(name: str) -> None:
    assert "no name" in validation.named(name)
    assert not validation.named("a.b-1")


@pytest.mark.parametrize("release", [NEWEST, LAST_WITH_POD_SECURITY_POLICY])
def test_a_server_refuses_the_same(release: str, tmp_path: Path) -> None:
    files = rendering.files(BODY, version=minor(release))
    asked = [*(pod for _, pod in INVALID), *VALID]
    with running(release, tmp_path, files) as plane:
        found = answers(plane, [("open", pod) for pod in asked], "admin", "system:masters")

    at, theirs = minor_of(minor(release)), [answer.refusal for answer in found]
    assert [pod for pod, said in zip(asked, theirs, strict=True) if mistakes(pod, at) and not said] == []
    assert [said for pod, said in zip(asked, found, strict=True) if said.invalid and not mistakes(pod, at)] == []
    # Plugins that complete pods are asked before, and refuse some of what is no toleration, and accounts of no name.
    assert sum(answer.invalid for answer in found) > 30


def admitted(folder: Path, pod: Pod) -> int:
    """The answer of `admit`."""
    pod["metadata"]["namespace"] = "web"
    (folder / "pod.yaml").write_text(json.dumps(pod))
    return main(["admit", str(PROFILES / "small.yaml"), str(folder / "pod.yaml")])


def test_admit_points_at_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert admitted(tmp_path, of(activeDeadlineSeconds=0)) == 2
    assert "spec.activeDeadlineSeconds: this is not between 1 and 2147483647" in capsys.readouterr().err


def test_a_pod_is_judged_as_it_has_become(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A namespace may give a limit to what asks for something; this one gives none of devices."""
    assert admitted(tmp_path, asking({"nvidia.com/gpu": 1}, {})) == 1
    assert (
        "  spec.containers.0.resources.requests.nvidia.com/gpu: nvidia.com/gpu is not shared" in capsys.readouterr().out
    )
    assert admitted(tmp_path, asking({"nvidia.com/gpu": 1}, {"nvidia.com/gpu": 1})) == 0
    assert "  not judged: the rest of the API server's validation\n" in capsys.readouterr().out


@pytest.mark.parametrize(("old", "new"), [('pods: "20"', 'pods: "2_0"'), ('cpu: "50m"', 'cpu: "50x"')])
def test_an_amount_that_nobody_can_read_is_shown_where_it_stands(old: str, new: str) -> None:
    files, profile = rendered("small")
    edit(QUOTAS, old, new)(files)
    admission = Admission.read(read(files)[0], profile.cluster)

    with pytest.raises(NotUnderstoodError, match="is no quantity") as raised:
        admission.admit(of(), "web")

    assert (raised.value.finding.file, raised.value.finding.word) == (QUOTAS, "quotas")
    assert raised.value.finding.line > 0


@pytest.mark.parametrize("written", ['"2e1"', '"20e0"', '"+20"', "20.0", '"20000m"'])
def test_an_amount_counts_however_it_is_written(written: str) -> None:
    files, profile = rendered("small")
    edit(QUOTAS, 'pods: "20"', f"pods: {written}")(files)

    assert findings(files, profile) == []
