"""A real API server takes every manifest of every profile, and a second time it finds nothing to change."""

import time
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.components import apiserver, cilium, custom, definitions, manifests
from tests.components.client import Client, Object, RefusedError
from tests.components.process import NotReadyError
from tests.components.releases import KUBERNETES, LAST_WITH_POD_SECURITY_POLICY, VERIFIERS, judging

ROOT = Path(__file__).parent.parent
PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))

# What a server may say of an object that it takes: that a later release will not.
DEPRECATED = {
    LAST_WITH_POD_SECURITY_POLICY: {
        '299 - "policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, unavailable in v1.25+"'
    }
}


def apply_all(admin: Client, texts: list[str]) -> tuple[dict[str, Object], set[str]]:
    """Apply the documents in order; give each object as it was stored then, by its path, and all warnings."""
    answers = {text: admin.apply(text) for text in texts}
    objects = {admin.path_of(answer.object): answer.object for answer in answers.values()}
    return objects, {warning for answer in answers.values() for warning in answer.warnings}


def dropped(sent: object, stored: object, path: str = "") -> list[str]:
    """The places at which the server holds something else than it was sent; what it adds is no such place."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        return [place for key, value in sent.items() for place in dropped(value, stored.get(key), f"{path}.{key}")]
    if isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        pairs = enumerate(zip(sent, stored, strict=True))
        return [place for number, pair in pairs for place in dropped(*pair, f"{path}.{number}")]
    return [] if sent == stored else [path]


def verifiers(texts: list[str]) -> list[str]:
    """The definitions of what verifies images, where the texts ask for it: an API server takes a while to read them."""
    kind = "ImageValidatingPolicy"
    asked = any(f"kind: {kind}\n" in text for text in texts)
    return [yaml.safe_dump(each) for each in custom.definitions(VERIFIERS, [kind])] if asked else []


def release_for(profile: Path) -> str:
    return judging(yaml.safe_load(profile.read_text(encoding="utf-8"))["cluster"]["kubernetes"])


def test_every_profile_has_its_output():
    assert PROFILES
    assert [file.stem for file in PROFILES] == sorted(folder.parent.name for folder in ROOT.glob("output/*/manifests"))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda file: file.stem)
def test_a_real_server_takes_everything_and_a_second_time_changes_nothing(profile, tmp_path):
    folder = ROOT / "output" / profile.stem / "manifests"
    texts, release = manifests.in_order(folder), release_for(profile)
    assert sorted(texts) == sorted(text for file in manifests.files(folder) for text in manifests.documents(file))

    with apiserver.running(release, tmp_path) as cluster:
        definitions.install(cluster.admin, [*cilium.definitions(), *verifiers(texts)])
        first, warnings = apply_all(cluster.admin, texts)
        time.sleep(1)  # the server notes in whole seconds when it changed an object, even by nothing but that note
        second, _ = apply_all(cluster.admin, texts)
        sent = {cluster.admin.path_of(document): document for document in map(yaml.safe_load, texts)}

    assert len(first) == len(texts)
    assert [f"{path}{place}" for path, document in sent.items() for place in dropped(document, first[path])] == []
    assert first == second
    assert warnings <= DEPRECATED.get(release, set())


CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {colour: blue}
"""


@pytest.mark.parametrize("release", KUBERNETES)
def test_the_harness_sees_what_is_wrong(release, tmp_path):
    """One test for all of it: starting a server is what takes time."""
    with apiserver.running(release, tmp_path) as cluster:
        assert cluster.admin.get("/version")["gitVersion"] == f"v{release}"
        what_is_applied_is_judged(cluster.admin)
        a_user_holds_nothing_unless_granted(cluster)


def what_is_applied_is_judged(admin):
    first, warnings = apply_all(admin, [CONFIG_MAP])
    assert first["/api/v1/namespaces/default/configmaps/settings"]["data"] == {"colour": "blue"}
    assert warnings == set()

    # An object that does change is noticed, and so is one that is given twice, in two ways.
    changed = CONFIG_MAP.replace("blue", "red")
    assert apply_all(admin, [changed])[0] != first
    assert apply_all(admin, [CONFIG_MAP, changed])[0] == apply_all(admin, [changed])[0]

    sent = yaml.safe_load(CONFIG_MAP)
    assert dropped(sent, first["/api/v1/namespaces/default/configmaps/settings"]) == []
    assert dropped({"spec": {"hard": [{"a": 1, "b": 2}], "gone": True}}, {"spec": {"hard": [{"a": 1, "b": 3}]}}) == [
        ".spec.hard.0.b",
        ".spec.gone",
    ]

    for broken, message in (
        (CONFIG_MAP.replace("\ndata:", "\ndate:"), r"\.date: field not declared in schema"),
        (CONFIG_MAP.replace("blue", "1"), r"expected string|cannot unmarshal number"),
        (CONFIG_MAP.replace("settings", "Settings!"), "metadata.name: Invalid value"),
        (CONFIG_MAP.replace("default", "absent"), 'namespaces \\\\"absent\\\\" not found'),
    ):
        with pytest.raises(RefusedError, match=message):
            admin.apply(broken)


def a_user_holds_nothing_unless_granted(cluster):
    identity = cluster.authority.issue("ada", "/O=developers/CN=ada")
    with (
        closing(Client(cluster.port, apiserver.trust(cluster.authority, identity))) as ada,
        pytest.raises(RefusedError, match=r'User \\"ada\\" cannot get resource \\"configmaps\\"'),
    ):
        ada.get("/api/v1/namespaces/default/configmaps/settings")
    asked = {"namespace": "default", "verb": "get", "resource": "configmaps"}
    for groups, allowed in (["developers"], False), (["system:masters"], True):
        review = cluster.admin.create(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {"user": "ada", "groups": groups, "resourceAttributes": asked},
            },
        )
        assert review.object["status"]["allowed"] is allowed


def test_a_server_that_refuses_its_flags_says_which(tmp_path):
    settings = ["--service-cluster-ip-range=10.96.0.0/12", "--no-such-flag=1"]
    with pytest.raises(NotReadyError, match="unknown flag: --no-such-flag"):
        apiserver.running(KUBERNETES[0], tmp_path, settings).__enter__()
