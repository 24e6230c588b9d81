"""kubeconform accepts every manifest of every profile, rendered for every version that has schemas."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.components import custom, manifests, schemas
from tests.components.releases import SCHEMAS, VERIFIERS

PROFILES = sorted((Path(__file__).parent.parent / "profiles").glob("*.yaml"))


# Before 1.30 the rules ask for prefixes, since nothing else keeps a token from naming Kubernetes' own users and groups.
SINCE_VALIDATION_RULES = 30
SINCE_ADMISSION_POLICIES = 30
ADMISSION = {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
CLAIMS = "groupsClaim: groups}"
PREFIXED_CLAIMS = 'groupsClaim: groups, usernamePrefix: "staff:", groupsPrefix: "staff:"}'


def written_for(version: str, profile: str) -> str:
    """The same profile for another version of Kubernetes."""
    profile, count = re.subn(r'^(  kubernetes: )"1\.\d+"$', rf'\g<1>"{version}"', profile, flags=re.MULTILINE)
    assert count == 1
    return profile if int(version[2:]) >= SINCE_VALIDATION_RULES else profile.replace(CLAIMS, PREFIXED_CLAIMS)


def rendered(version: str, folder: Path) -> list[Path]:
    """Every manifest of every profile, as the command line renders them once they name `version`."""
    copies = [folder / profile.name for profile in PROFILES]
    for profile, copy in zip(PROFILES, copies, strict=True):
        copy.write_text(written_for(version, profile.read_text(encoding="utf-8")), encoding="utf-8")
    command = (sys.executable, "-m", "hardener", "render", "--unproven", *copies, "-o", folder / "output")
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return [file for profile in PROFILES for file in manifests.files(folder / "output" / profile.stem / "manifests")]


@pytest.fixture(scope="module")
def verifiers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verifiers")
    custom.write(VERIFIERS, ("ImageValidatingPolicy", "ValidatingPolicy"), folder)
    return folder


@pytest.mark.parametrize("version", SCHEMAS)
def test_every_manifest_is_valid(version, verifiers, tmp_path):
    files = rendered(version, tmp_path)
    documents = [document for file in files for document in manifests.documents(file)]
    known = schemas.schemas(version, tmp_path)
    shutil.copytree(verifiers, known, dirs_exist_ok=True)

    verdict = schemas.verdict(files, known)

    kinds = Counter(yaml.load(document, yaml.CSafeLoader)["kind"] for document in documents)
    assert (kinds.keys() >= ADMISSION) == (int(version[2:]) >= SINCE_ADMISSION_POLICIES)
    assert verdict.wrong == ()
    assert verdict.valid + len(verdict.skipped) == len(documents)
    assert Counter(verdict.skipped) == {kind: kinds[kind] for kind in schemas.CUSTOM}
    assert all(kinds[kind] for kind in schemas.CUSTOM)


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
