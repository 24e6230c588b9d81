"""A subject may do exactly what is granted, whatever the grants: asked of the files, answered by the profile alone."""

from __future__ import annotations

import json
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rbac import Asked, Rbac
from tests.rendering import decided, files

NAMESPACES = {"shop": ("web", "api"), "ops": ("tools",)}
SUBJECTS = ("groups", "users")
VERBS = ("get", "patch")
RESOURCES = ("pods", "pods/log", "jobs.batch")
NAMES = ("one", "two")

rules = st.fixed_dictionaries(
    {
        "verbs": st.lists(st.sampled_from(VERBS), min_size=1, max_size=2),
        "resources": st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3),
        "names": st.lists(st.sampled_from(NAMES), max_size=2),
    }
)
roles = st.fixed_dictionaries({name: st.lists(rules, min_size=1, max_size=3) for name in ("reader", "writer")})
holders = st.dictionaries(st.sampled_from(SUBJECTS), st.lists(st.sampled_from("ab"), min_size=1), min_size=1)
everywhere = st.builds(lambda role, who: {"role": role, **who}, st.sampled_from(("reader", "writer")), holders)


def grants(tenant):
    some = st.lists(st.sampled_from(NAMESPACES[tenant]), max_size=2)
    return st.lists(st.builds(lambda grant, names: {**grant, "namespaces": names}, everywhere, some), max_size=3)


worlds = st.fixed_dictionaries(
    {"roles": roles, "access": st.lists(everywhere, max_size=2)} | {tenant: grants(tenant) for tenant in NAMESPACES}
)


def body(world):
    """The world as a profile. JSON is YAML, too."""
    tenants = {
        tenant: {"access": world[tenant], "namespaces": {name: {"zone": "apps"} for name in names}}
        for tenant, names in NAMESPACES.items()
    }
    sections = {
        "zones": {"apps": {"trust": 50}},
        "roles": world["roles"],
        "access": world["access"],
        "tenants": tenants,
    }
    return "".join(f"{key}: {json.dumps(section)}\n" for key, section in sections.items())


def is_granted(world, subject, asked):
    held = {grant["role"] for grant in world["access"] if subject[1] in grant.get(subject[0], ())}
    for tenant, names in NAMESPACES.items():
        for grant in world[tenant]:
            if subject[1] in grant.get(subject[0], ()) and asked.namespace in (grant["namespaces"] or names):
                held.add(grant["role"])
    return any(
        asked.verb in rule["verbs"]
        and asked.resource in rule["resources"]
        and (not rule["names"] or asked.name in rule["names"])
        for role in held
        for rule in world["roles"][role]
    )


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_a_subject_may_do_exactly_what_is_granted(world):
    rbac = Rbac(files(body(world)))
    kinds = {"groups": "Group", "users": "User"}
    for key, name in product(SUBJECTS, "abc"):
        for verb, resource, namespace, target in product(
            VERBS, (*RESOURCES, "jobs"), ("web", "api", "tools", "kube-system", ""), (*NAMES, "")
        ):
            asked = Asked(verb, resource, namespace, target)
            allowed = rbac.allows({"kind": kinds[key], "name": name}, asked)
            assert allowed == is_granted(world, (key, name), asked), asked


@settings(max_examples=40, deadline=None)
@given(worlds, st.randoms())
def test_the_order_of_anything_changes_nothing(world, random):
    assert decided(body(world)) == decided(body(shuffled(world, random)))


def shuffled(value, random):
    if isinstance(value, dict):
        return {key: shuffled(value[key], random) for key in random.sample(sorted(value), len(value))}
    if isinstance(value, list):
        return [shuffled(each, random) for each in random.sample(value, len(value))]
    return value
