"""kubeconform accepts what is rendered for those who verify images, by the definitions that they publish."""

import pytest

from tests.components import custom, schemas
from tests.components.releases import SCHEMAS, VERIFIERS
from tests.faults.images import KYVERNO, OLD, SIGSTORE
from tests.verifying import rendered

FILE = "manifests/cluster/images.yaml"
KINDS = {KYVERNO: 1, OLD: 2, SIGSTORE: 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    there = tmp_path_factory.mktemp("schemas")
    written = schemas.schemas(SCHEMAS[-1], there)
    custom.write(VERIFIERS, ("ImageValidatingPolicy", "ValidatingPolicy", "ClusterImagePolicy"), written)
    return written


def verdict(text, folder, tmp_path):
    (tmp_path / "images.yaml").write_text(text)
    return schemas.verdict([tmp_path / "images.yaml"], folder)


@pytest.mark.parametrize("profile", KINDS, ids=["kyverno", "kyverno-1.29", "sigstore"])
def test_every_policy_is_valid(profile, folder, tmp_path):
    assert verdict(rendered(profile)[0][FILE], folder, tmp_path) == schemas.Verdict(KINDS[profile], (), ())


@pytest.mark.parametrize(
    ("profile", "old", "new", "says"),
    [
        (KYVERNO, "verifyDigest:", "verifyDigests:", "'verifyDigests' not allowed"),
        (KYVERNO, "failurePolicy: Fail", "failurePolicy: Fails", "failurePolicy"),
        (KYVERNO, "policies.kyverno.io/v1", "policies.kyverno.io/v2", "could not find schema"),
        (OLD, "kind: ValidatingPolicy", "kind: ValidatedPolicy", "could not find schema"),
        (SIGSTORE, "glob:", "globs:", "'globs' not allowed"),
        (SIGSTORE, "mode: enforce", "mode: [enforce]", "mode"),
    ],
)
def test_a_mistake_is_seen(profile, old, new, says, folder, tmp_path):
    before = rendered(profile)[0][FILE]
    assert old in before

    wrong = verdict(before.replace(old, new), folder, tmp_path).wrong

    assert says in " ".join(wrong)
