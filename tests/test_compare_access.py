"""Who may do more and who less: by hand, and for every request that small words can make."""

from __future__ import annotations

import json
from itertools import product
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardener.compare.access import access
from hardener.compare.access.held import Gain, Held, Meanings, gains
from hardener.compare.sides import Side, Sides
from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import read as read_profile
from hardener.source import parse
from hardener.verify.access.rbac import Grants, Request, Rule, grants
from hardener.verify.access.subjects import Subject, group, service_account, user
from hardener.verify.written import read
from tests.comparing import folder, of_files, sides
from tests.test_pairs import FOLDER
from tests.verifying import add, rendered

PLAIN = (FOLDER / "plain.yaml").read_text()
SPACES = {"shop": ("web", "api"), "ops": ("tools",)}
VERBS, RESOURCES, NAMES = ("get", "patch"), ("pods", "pods/log", "jobs.batch", "nodes"), ("one", "two")
PATHS = ("/metrics", "/healthz/*")
SUBJECTS = (user("a"), user("b"), group("a"), group("b"), service_account("web", "app"))

# Worlds are small as they come, and to make one smaller takes minutes.
WORLDS = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])

some_rules = st.lists(
    st.fixed_dictionaries(
        {
            "verbs": st.lists(st.sampled_from((*VERBS, "*")), min_size=1, max_size=2, unique=True),
            "resources": st.lists(st.sampled_from((*RESOURCES, "*")), min_size=1, max_size=2, unique=True),
            "names": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        }
    ),
    min_size=1,
    max_size=3,
)
holders = st.fixed_dictionaries(
    {},
    optional={
        "users": st.lists(st.sampled_from("ab"), min_size=1, max_size=2, unique=True),
        "groups": st.lists(st.sampled_from("ab"), min_size=1, max_size=2, unique=True),
        "serviceAccounts": st.just(["web/app"]),
    },
).filter(bool)
in_one = st.builds(lambda role, who: {"role": role, **who}, st.sampled_from(("reader", "writer")), holders)
worlds = st.fixed_dictionaries(
    {
        "roles": st.fixed_dictionaries({"reader": some_rules, "writer": some_rules}),
        "paths": st.lists(st.sampled_from(PATHS), max_size=2, unique=True),
        "access": st.lists(in_one, max_size=2),
        "shop": st.lists(in_one | st.builds(lambda one: {**one, "namespaces": ["web"]}, in_one), max_size=3),
        "ops": st.lists(in_one, max_size=2),
        "own": st.lists(st.sampled_from(("reader", "writer")), max_size=2, unique=True),
        "delivery": st.booleans(),
    }
)
THINGS = (
    ("pods", "", ""),
    ("pods", "log", ""),
    ("jobs", "", "batch"),
    ("nodes", "", ""),
    ("else", "", ""),
    ("else", "", "batch"),
)
REQUESTS = [
    Request(verb=verb, group=api, resource=resource, subresource=part, name=name, namespace=space)
    for verb, (resource, part, api), name, space in product(
        (*VERBS, "else"), THINGS, ("", *NAMES, "else"), ("", "web", "api", "tools", "else")
    )
] + [Request(verb=verb, path=path) for verb, path in product(("get", "else"), ("/metrics", "/healthz/a", "/else"))]


BASE = {**parse(PLAIN, "plain.yaml").data, "zones": {"apps": {"trust": 50}}, "pools": {}, "flows": []}


def of(world: Any) -> Side:
    """The world as a side, whatever the rules say of it."""
    roles = dict(world["roles"])
    more = []
    if world["paths"]:
        roles["paths"] = [{"paths": world["paths"], "verbs": ["get"]}]
        more = [{"role": "paths", "users": ["a"]}]
    tenants: dict[str, Any] = {
        name: {"namespaces": {space: {"zone": "apps"} for space in spaces}, "access": world[name]}
        for name, spaces in SPACES.items()
    }
    tenants["shop"]["namespaces"]["web"] |= {"serviceAccounts": {"app": {"roles": world["own"]}}}
    data = {**BASE, "roles": roles, "tenants": tenants, "access": [*world["access"], *more]}
    if world["delivery"]:
        data["cluster"] = {**BASE["cluster"], "delivery": {"users": ["deliverer"]}}
    source = parse(json.dumps(data), "profile.yaml")
    profile = read_profile(source)
    files = {artifact.path: artifact.text for artifact in emit(expand(profile))}
    return Side(name="profile.yaml", files=files, profile=profile, source=source, rendered=True)


def held(one: Side) -> Held:
    written = read({path: text for path, text in one.files.items() if "rbac." in text})[0]
    found = grants(written, one.profile.cluster.kubernetes)[0]
    return Held(found, (each.name for each in written.of("ClusterRole")), own=False)


def allowed(all_of_it: Grants, subject: Subject) -> set[Request]:
    names = (subject.name, *subject.groups()) if subject.kind == "Group" else subject.groups()
    name = "nobody" if subject.kind == "Group" else subject.user
    return {request for request in REQUESTS if all_of_it.may(name, names, request)}


def asked_of(gain: Gain, request: Request) -> bool:
    """Is a request one of those that a difference is about?"""
    rules = [
        Rule(
            verbs=right.verbs,
            groups=frozenset([right.group]),
            resources=frozenset([right.resource]),
            names=frozenset([right.name] if right.name else []),
            paths=frozenset(filter(None, [right.path])),
        )
        for right in gain.rights
    ]
    return gain.namespace in ("", request.namespace) and any(rule.allows(request) for rule in rules)


@settings(WORLDS, max_examples=10)
@given(worlds, worlds)
def test_whatever_only_one_side_allows_is_told_and_nothing_else(one: Any, other: Any) -> None:
    old, new = of(one), of(other)
    changes = list(access(Sides(old, new)))
    before, after = held(old), held(new)
    for direction, here, there in (("weaker", after, before), ("stronger", before, after)):
        found = list(gains(here, there, Meanings()))
        for subject in SUBJECTS:
            more = allowed(here.grants, subject) - allowed(there.grants, subject)
            mine = [each for each in found if each.subject == subject]
            assert all(any(asked_of(each, request) for each in mine) for request in more)
            assert all(any(asked_of(each, request) for request in more) for each in mine)
        assert bool(found) == any(each.direction == direction for each in changes)


@settings(WORLDS, max_examples=8)
@given(worlds, st.randoms())
def test_other_names_and_another_order_give_nothing(world: Any, luck: Random) -> None:
    other = json.loads(json.dumps(world).replace('"reader"', '"looking"').replace('"writer"', '"changing"'))
    assert list(access(Sides(of(world), of(shuffled(other, luck))))) == []


def shuffled(value: Any, luck: Random) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key], luck) for key in luck.sample(list(value), len(value))}
    if isinstance(value, list):
        return [shuffled(each, luck) for each in luck.sample(value, len(value))]
    return value


CLUSTER, WEB = "manifests/cluster/access.yaml", "manifests/namespaces/web/access.yaml"
HEAD = "apiVersion: rbac.authorization.k8s.io/v1\n"
BINDING = (
    "kind: ClusterRoleBinding\nmetadata: {name: more}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}\n"
    "subjects: [{kind: Group, name: %s, apiGroup: rbac.authorization.k8s.io}]\n"
)
ROLE = (
    "kind: ClusterRole\nmetadata: {name: %s, labels: %s}\nrules: [{apiGroups: ['%s'], resources: [%s], verbs: [%s]}]\n"
)


def with_more(*documents: str) -> Side:
    """The plain output, to which somebody added something."""
    files, _ = rendered(PLAIN)
    for document in documents:
        add(CLUSTER, HEAD + document)(files)
    return folder(files)


def said(old: Side, new: Side) -> list[str]:
    return [f"{each.direction}: {each.message}" for each in access(Sides(old, new))]


def test_what_everybody_may_do_is_nothing_to_gain_for_one() -> None:
    role = ROLE % ("health", "{}", "", "nodes", "get")
    everybody = with_more(role, BINDING % ("health", "system:authenticated"))
    both = with_more(
        role, BINDING % ("health", "system:authenticated"), (BINDING % ("health", "ops")).replace("more", "two")
    )
    alone = with_more(role, BINDING % ("health", "ops"))

    assert said(with_more(), everybody) == ["weaker: group system:authenticated may get nodes"]
    assert said(everybody, both) == said(both, everybody) == []
    assert said(everybody, alone) == ["stronger: group system:authenticated may no longer get nodes"]
    assert said(alone, everybody) == ["weaker: group system:authenticated may get nodes"]


def test_what_a_label_adds_to_a_role_of_kubernetes_is_weaker() -> None:
    role = ROLE % ("more", "{rbac.authorization.k8s.io/aggregate-to-view: 'true'}", "", "secrets", "get")
    (change,) = access(Sides(with_more(), with_more(role)))
    assert change.direction == "weaker"
    assert "whoever holds the ClusterRole view can get secrets" in change.message
    assert change.reason == "it cannot be decided who gains by it"
    assert said(with_more(role), with_more(role, "# a comment\n" + ROLE % ("unheld", "{}", "", "pods", "get"))) == []


def test_what_nobody_understands_is_weaker_where_it_is_new() -> None:
    dangling = BINDING % ("not-there", "ops")
    assert said(with_more(), with_more(dangling)) == [
        "weaker: ClusterRoleBinding more: binds the ClusterRole not-there, which is not there: "
        "whoever makes it decides what it is"
    ]
    assert said(with_more(dangling), with_more(dangling, ROLE % ("unheld", "{}", "", "pods", "get"))) == []
    assert said(with_more(dangling), with_more()) == []


def test_a_right_to_the_roles_of_the_output_is_none_to_some_of_them() -> None:
    """All of them by their names are what delivering asks for; one of them is a right of its own."""
    rule = "rbac.authorization.k8s.io", "clusterroles], resourceNames: [%s", "bind, escalate"
    all_of_it = ROLE % ("all", "{}", *rule) % "hardener:viewer, all"
    renamed = all_of_it.replace("name: all", "name: other").replace(", all", ", other")
    some = ROLE % ("all", "{}", *rule) % "all"
    old = with_more(all_of_it, BINDING % ("all", "ops"))

    assert said(old, with_more(renamed, BINDING % ("other", "ops"))) == []
    fewer = with_more(some, BINDING % ("all", "ops"))
    assert said(old, fewer) == ["stronger: group ops may no longer bind and escalate clusterroles of the output"]
    assert said(fewer, old) == ["weaker: group ops may bind and escalate clusterroles of the output"]


def test_places_are_those_that_decide() -> None:
    grown = list(access(pair("access-own-role-grows")))
    assert [(each.new or each.old).at for each in grown] == [("roles", "release", 0), ("roles", "release", 1)]
    assert {(each.new or each.old).file for each in grown} == {"manifests/namespaces/payments/access.yaml"}
    assert [(each.new or each.old).object for each in grown] == ["RoleBinding payments/hardener:release"] * 2
    assert [(each.old is None, each.new is None) for each in grown] == [(True, False), (False, True)]

    (gone,) = access(pair("access-no-longer-cluster-wide"))
    assert (gone.old.at, gone.old.object, gone.new) == (("access", 0), "ClusterRoleBinding hardener:auditor", None)
    binding = gone.old
    line = pair("access-no-longer-cluster-wide").old.files[binding.file].splitlines()[binding.line - 1]
    assert line.strip() == "- kind: Group"

    (upgraded,) = access(pair("access-upgrade"))
    assert upgraded.old.at == ("cluster", "kubernetes")


def pair(name: str) -> Sides:
    return of_files(FOLDER / f"{name}.old.yaml", FOLDER / f"{name}.yaml")


def test_a_name_that_moves_the_cursor_is_written_out() -> None:
    role = ROLE % ("more", "{}", "", "pods", "get")
    found = said(with_more(), with_more(role, BINDING % ("more", '"a\\e[2Kb"')))
    assert found == [r"weaker: group a\x1b[2Kb may get pods in every namespace"]


def test_what_is_not_read_is_not_about_anybody() -> None:
    """Of two profiles, only the namespaces are read in which somebody can hold something else."""
    old, new = PLAIN, PLAIN.replace("groups: [shop]", "groups: [shop], namespaces: [web]")
    both = sides(old, new)
    assert [each.message.split(" in ")[-1] for each in access(both)] == ["api, as viewer"]
    assert {path for path, _ in both._read} == {"manifests/namespaces/api/access.yaml"} | {
        path for path in both.old.files if path.startswith("manifests/cluster/") and "rbac." in both.old.files[path]
    }


def test_a_role_is_named_for_those_alone_who_hold_it() -> None:
    grants = "access:\n  - {role: auditor, groups: [security]}\n  - {role: breakGlass, users: [emergency]}\n"
    old = PLAIN.replace("1.36", "1.34") + grants
    found = [each.message for each in access(sides(old, old.replace("1.34", "1.33"))) if " as " in each.message]
    assert [(message.partition(" may ")[0], message.rpartition(" as ")[2]) for message in found] == [
        ("group security", "auditor"),
        ("user emergency", "breakGlass"),
    ]
