"""Faults put into what a sound profile becomes: each is found, and called by the promise that it breaks."""

from __future__ import annotations

import pytest

from tests.faults import FAULTS
from tests.verifying import Fault, findings, found, rendered


@pytest.mark.parametrize("profile", sorted({fault.profile for fault in FAULTS}), ids=lambda text: text.split("\n")[0])
def test_nothing_is_wrong_before(profile: str) -> None:
    assert findings(*rendered(profile)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.word}: {fault.name}")
def test_a_fault_is_found(fault: Fault) -> None:
    files, profile = rendered(fault.profile)
    before = dict(files)
    fault.break_(files)
    assert files != before

    said = []
    for finding in found(files, profile, fault.word):
        said.append(f"{finding.file} {finding.object} {finding.message}")
        if fault.says in said[-1]:
            return
    pytest.fail(f"{said or 'nothing'} says nothing of {fault.says!r}")


def test_there_are_sixty_kinds_of_fault() -> None:
    names = [(fault.word, fault.name) for fault in FAULTS]

    assert len(names) == len(set(names)) >= 60
