"""Who may do what is what a real API server says: 20,000 reviews, of profiles and of what no profile becomes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from msgspec.structs import replace

from hardener.verify.access.asked import asked
from hardener.verify.access.rbac import Bound, Grants, Request, Role, Rule, grants
from hardener.verify.written import Written, read
from tests.access_worlds import world
from tests.components import aggregation, apiserver, reviews
from tests.components.client import Client
from tests.components.releases import KUBERNETES, minor
from tests.waiting import wait

QUESTIONS = {KUBERNETES[0]: 20_500}
FEWER = 1_000
GENERATED = 24
RBAC = "/apis/rbac.authorization.k8s.io/v1"

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "use", "impersonate", "bind", "Get", "*", "")
GROUPS = ("", "apps", "batch", "example.com", "*", "policy", "rbac.authorization.k8s.io")
RESOURCES = (
    *("pods", "secrets", "configmaps", "deployments", "widgets", "things", "things3", "nodes", "clusterroles", "*"),
    *("pods/log", "pods/exec", "deployments/scale", "widgets/scale", "widgets/parts", "pods/*", "*/scale", "/log"),
)
NAMES = ("", "one", "two", "three", "cluster-admin", "hardener:viewer")
PATHS = ("/metrics", "/api", "/api/", "/api/v1/x", "/logs", "/logs/a", "/a", "/b", "/b/", "/x1", "/version", "/", "*")

Asked = tuple[str, tuple[str, ...], Request]


@pytest.fixture(scope="module", params=KUBERNETES)
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[apiserver.Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GOGC", "800")  # a fifth less time: nobody here is short of memory
        yield from _running(request.param, folder)


def _running(release: str, folder: Path) -> Iterator[apiserver.Cluster]:
    with (
        apiserver.running(release, folder, ["--authorization-mode=RBAC"]) as running,
        aggregation.running(running, folder),
    ):
        yield running


def objects(admin: Client, kind: str) -> dict[tuple[str, str], Any]:
    found = admin.get(f"{RBAC}/{kind}")["items"]
    return {(each["metadata"].get("namespace", ""), each["metadata"]["name"]): each for each in found}


def settled(admin: Client, granted: Grants) -> None:
    """Wait until the API server has made all that it grants by itself: the bindings in namespaces come last."""
    last = {(each.namespace, each.binding_name) for each in granted.built_in if each.namespace}
    wait(lambda: last <= objects(admin, "rolebindings").keys())
    aggregated = [role for name in ("admin", "edit", "view") if (role := granted.roles.built_in("", name))]
    wait(lambda: all(is_filled(admin, role) for role in aggregated))


def is_filled(admin: Client, role: Role) -> bool:
    """Has the controller written what an aggregated role is to hold?"""
    return atoms(admin.get(f"{RBAC}/clusterroles/{quote(role.name)}").get("rules")) == same(role.rules)


def atoms(rules: Any) -> set[tuple[str, ...]]:
    """The smallest parts of rules, as an API server writes them."""
    found: set[tuple[str, ...]] = set()
    for rule in rules or ():
        for verb in rule["verbs"]:
            found.update((verb, path) for path in rule.get("nonResourceURLs", ()))
            for group in rule.get("apiGroups", ()):
                for resource in rule.get("resources", ()):
                    found.update((verb, group, resource, name) for name in rule.get("resourceNames") or [""])
    return found


def same(rules: tuple[Rule, ...]) -> set[tuple[str, ...]]:
    keys = {"nonResourceURLs": "paths", "apiGroups": "groups", "resources": "resources", "resourceNames": "names"}
    return atoms({"verbs": rule.verbs} | {key: getattr(rule, name) for key, name in keys.items()} for rule in rules)


def test_what_kubernetes_grants_by_itself_is_in_the_catalog(cluster: apiserver.Cluster) -> None:
    version = minor(cluster.release)
    granted, _ = grants(Written({}, ()), version)
    settled(cluster.admin, granted)

    for kind, is_role in (("clusterroles", False), ("roles", True)):
        real = {key: atoms(each.get("rules")) for key, each in objects(cluster.admin, kind).items()}
        ours = {
            key: same(role.rules)
            for key in real
            if (role := granted.roles.built_in(*key)) is not None and bool(key[0]) == is_role
        }
        assert ours == real

    held = {
        (each.namespace, each.binding_name, each.subject.kind, each.subject.name, each.subject.namespace)
        for each in granted.built_in
    }
    assert held == {
        (*key, subject["kind"], subject["name"], subject.get("namespace", ""))
        for kind in ("clusterrolebindings", "rolebindings")
        for key, each in objects(cluster.admin, kind).items()
        for subject in each.get("subjects", ())
    }


def served(admin: Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """API group, plural and facts of every resource that is served; for one group after another."""
    groups = [("", "/api/v1")]
    for group in admin.get("/apis")["groups"]:
        groups.append((group["name"], f"/apis/{group['preferredVersion']['groupVersion']}"))
    for name, path in groups:
        for facts in admin.get(path)["resources"]:
            if "/" not in facts["name"]:
                yield name, facts["name"], facts


def test_resources_have_the_names_that_kubectl_takes(cluster: apiserver.Cluster) -> None:
    version = minor(cluster.release)
    for group, plural, facts in served(cluster.admin):
        for name in (plural, facts["kind"].lower(), facts["kind"], *facts.get("shortNames", ())):
            for written in (name, f"{name}.{group}") if group else (name,):
                about = asked("get", written, "", "", version)
                assert about.resource == plural
                assert about.group == group or (plural == "events" and written == name)


def load(admin: Client, files: dict[str, str]) -> None:
    """Make every object, and wait until the authorizer knows the last of each kind, and aggregation is done."""
    found = list(yaml.load_all(files["manifests/all.yaml"], yaml.CSafeLoader))
    for each in found:
        space, kind = each["metadata"].get("namespace"), each["kind"].lower()
        within = f"/namespaces/{space}" if space else ""
        base = "/api/v1" if kind == "namespace" else RBAC
        admin.create(f"{base}{within}/{kind}s", each)


def known(admin: Client, granted: Grants) -> None:
    """Until what is aggregated is filled, and the authorizer has heard of everything."""
    settled(admin, granted)
    roles = [role for role in granted.roles.written() if role.object and "aggregationRule" in role.object.data]
    wait(lambda: all(is_filled(admin, role) for role in roles))
    # Four caches are told of changes, each on its own.
    time.sleep(1)


def questions(granted: Grants, luck: Random, count: int) -> Iterator[Asked]:
    """Questions about what somebody holds, of which most are then changed a little."""
    bound = [*granted.bound, *granted.built_in]
    spaces = sorted({each.namespace for each in bound} | {"unknown"})
    for _ in range(count):
        each = luck.choice(bound)
        while not each.role.rules:
            each = luck.choice(bound)
        request = _request(each, luck.choice(each.role.rules), luck, spaces)
        name, groups = _user(each, luck, bound)
        yield name, groups, _changed(request, luck, spaces)


def _user(each: Bound, luck: Random, bound: list[Bound]) -> tuple[str, tuple[str, ...]]:
    """Somebody who holds it: by name, by a group, as a service account; now and then with one group more or less."""
    subject = each.subject
    groups = [subject.name] if subject.kind == "Group" else []
    name = f"somebody:{luck.randrange(5)}" if subject.kind == "Group" else subject.user
    groups += [group for group in subject.groups() if luck.random() < 0.8]
    if luck.random() < 0.2:
        groups.append(luck.choice(bound).subject.name)
    return name, tuple(groups)


def _request(each: Bound, rule: Rule, luck: Random, spaces: list[str]) -> Request:
    def one(values: frozenset[str], others: tuple[str, ...]) -> str:
        value = luck.choice(sorted(values))
        return luck.choice(others) if value == "*" else value

    verb = one(rule.verbs, VERBS)
    if rule.paths:
        path = luck.choice(sorted(rule.paths))
        return Request(verb=verb, path=path.rstrip("*") + luck.choice(("", "a", "/b")) or "/")
    resource, _, subresource = one(rule.resources, RESOURCES).partition("/")
    return Request(
        verb=verb,
        group=one(rule.groups, GROUPS),
        resource=luck.choice(("deployments", "widgets", "pods")) if resource == "*" else resource,
        subresource=subresource,
        name=luck.choice(sorted(rule.names)) if rule.names else luck.choice(NAMES),
        namespace=each.namespace or luck.choice(spaces),
    )


def _changed(request: Request, luck: Random, spaces: list[str]) -> Request:
    if request.path:
        return replace(request, path=luck.choice(PATHS)) if luck.random() < 0.3 else request
    resource, _, subresource = luck.choice(RESOURCES).partition("/")
    changes: dict[str, dict[str, str]] = {
        "verb": {"verb": luck.choice(VERBS)},
        "group": {"group": luck.choice(GROUPS)},
        "resource": {"resource": resource},
        "subresource": {"subresource": subresource},
        "name": {"name": luck.choice(NAMES)},
        "namespace": {"namespace": luck.choice(spaces)},
    }
    for change in changes.values():
        if luck.random() < 0.1:
            request = replace(request, **change)
    return request


def spec(question: Asked) -> dict[str, Any]:
    """The question as a SubjectAccessReview has it."""
    name, groups, request = question
    about: dict[str, Any] = {"nonResourceAttributes": {"path": request.path, "verb": request.verb}}
    if not request.path:
        fields = ("verb", "group", "resource", "subresource", "name", "namespace")
        about = {"resourceAttributes": {field: getattr(request, field) for field in fields}}
    return {"user": name, "groups": list(groups), **about}


def test_every_answer_is_that_of_a_real_api_server(cluster: apiserver.Cluster) -> None:
    files = world(GENERATED)
    written, findings = read(files)
    assert findings == ()
    granted, _ = grants(written, minor(cluster.release))
    load(cluster.admin, files)
    known(cluster.admin, granted)

    all_asked = list(questions(granted, Random(24), QUESTIONS.get(cluster.release, FEWER)))
    ours = [bool(granted.may(*each)) for each in all_asked]
    identity = cluster.authority.issue("asking", "/O=system:masters/CN=asking")
    trust = apiserver.trust(cluster.authority, identity)
    theirs = reviews.allowed(cluster.port, trust, [spec(each) for each in all_asked])

    assert [each for each, our, their in zip(all_asked, ours, theirs, strict=True) if our != their] == []
    assert 0.25 < sum(ours) / len(ours) < 0.75
    assert len(set(all_asked)) > 0.9 * len(all_asked)
