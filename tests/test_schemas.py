"""kubeconform accepts every manifest of every profile, rendered for every version that has schemas."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.components import manifests, schemas
from tests.components.releases import SCHEMAS

PROFILES = sorted((Path(__file__).parent.parent / "profiles").glob("*.yaml"))


def rendered(version: str, folder: Path) -> list[Path]:
    """Every manifest of every profile, as the command line renders them once they name `version`."""
    for profile in PROFILES:
        text = profile.read_text(encoding="utf-8")
        text, count = re.subn(r'^(  kubernetes: )"1\.\d+"$', rf'\g<1>"{version}"', text, flags=re.MULTILINE)
        assert count == 1
        (folder / profile.name).write_text(text, encoding="utf-8")
    copies = [folder / profile.name for profile in PROFILES]
    command = (sys.executable, "-m", "hardener", "render", *copies, "-o", folder / "output")
    subprocess.run(command, check=True, capture_output=True, text=True)
    return [file for profile in PROFILES for file in manifests.files(folder / "output" / profile.stem / "manifests")]


@pytest.mark.parametrize("version", SCHEMAS)
def test_every_manifest_is_valid(version, tmp_path):
    files = rendered(version, tmp_path)
    documents = [document for file in files for document in manifests.documents(file)]

    verdict = schemas.verdict(files, schemas.schemas(version, tmp_path))

    assert verdict.wrong == ()
    assert verdict.valid + len(verdict.skipped) == len(documents)
    assert Counter(verdict.skipped) == {"CiliumNetworkPolicy": 3}


GOOD = """\
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: web}
spec: {hard: {pods: "10"}}
"""
FAULTS = {
    "unknown field": ("hard:", "hardened:", "at '/spec': additional properties 'hardened' not allowed"),
    "unknown field at the top": ("spec:", "specification:", "at '': additional properties 'specification' not"),
    "wrong type": ("metadata: {name: quota", "metadata: {name: 7", "at '/metadata/name': got number, want"),
    "duplicate key": ('{pods: "10"}', '{pods: "10", pods: "11"}', 'key "pods" already set in map'),
    "version that is not served": ("apiVersion: v1", "apiVersion: v2", "could not find schema for ResourceQuota"),
    "unknown kind": ("kind: ResourceQuota", "kind: Quota", "could not find schema for Quota"),
}


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    return schemas.schemas(SCHEMAS[-1], tmp_path_factory.mktemp("schemas"))


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_seen(fault, newest, tmp_path):
    old, new, message = FAULTS[fault]
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(GOOD.replace(old, new))

    verdict = schemas.verdict([tmp_path / "good.yaml", tmp_path / "bad.yaml"], newest)

    assert (verdict.valid, verdict.skipped, len(verdict.wrong)) == (1, (), 1)
    assert message in verdict.wrong[0]


def test_custom_resources_are_counted_by_kind(newest, tmp_path):
    policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: web}\n"
    (tmp_path / "policies.yaml").write_text(f"{GOOD}---\n{policy}---\n# nothing\n---\n{policy}")

    verdict = schemas.verdict([tmp_path / "policies.yaml"], newest)

    assert verdict == schemas.Verdict(valid=1, skipped=("CiliumNetworkPolicy", "CiliumNetworkPolicy"), wrong=())
