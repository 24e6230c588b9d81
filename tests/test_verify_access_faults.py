"""Whatever somebody does to roles and bindings: it is found if it changes who may do what, and not if it does not.

What changes the meaning is decided by tests/rbac.py, which writes every right out and shares nothing with the engine.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access import access
from hardener.verify.written import read
from tests import strategies
from tests.access_worlds import KINDS, PROFILES
from tests.bench import scale
from tests.faults.access import DELIVERED
from tests.rbac import Plain, Universe
from tests.verifying import Files, rendered

Object = dict[str, Any]

# A failing example is small as it is; to shrink it takes minutes.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)

ROLES, BINDINGS = ("ClusterRole", "Role"), ("ClusterRoleBinding", "RoleBinding")
DELIVERY = "hardener:cluster.delivery"
VERBS = ("get", "list", "delete", "escalate", "*")
RESOURCES = ("secrets", "pods/exec", "configmaps", "widgets", "*", "*/scale", "pods")
GROUPS = ("", "apps", "example.com", "*")
NAMES = ("one", "two", "kube-root-ca.crt")
PATHS = ("/metrics", "/api/*", "*", "/healthz")


def found(files: Files, profile: Profile) -> list[Finding]:
    written, findings = read(files)
    assert findings == ()
    return list(access(written, profile))


def split(files: Files) -> tuple[Files, list[Object]]:
    """An output without its roles and bindings, and those."""
    rest, mine = dict(files), []
    for path, text in files.items():
        if path.startswith("manifests/") and "rbac.authorization.k8s.io/v1" in text:
            documents = [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]
            mine += [each for each in documents if each["kind"] in KINDS]
            others = [each for each in documents if each["kind"] not in KINDS]
            rest[path] = "\n---\n".join(map(json.dumps, others))
    return rest, mine


def put_back(rest: Files, objects: list[Object]) -> Files:
    return {**rest, "manifests/cluster/changed.yaml": "\n---\n".join(map(json.dumps, objects))}


def means_the_same(before: list[Object], after: list[Object]) -> bool:
    """Whether every subject may do the same, going by the second evaluator."""
    first, second = Plain(before), Plain(after)
    universe = Universe.of(first, second)
    return first.rights(universe) == second.rights(universe)


# What somebody does: each takes all objects and luck, changes them in place, and says whether it found anything to do.
Change = Callable[[list[Object], Random], bool]


def _role(objects: list[Object], luck: Random) -> Object:
    return luck.choice([each for each in objects if each["kind"] in ROLES and each["rules"]])


def _rule(objects: list[Object], luck: Random) -> Object:
    rule: Object = luck.choice(_role(objects, luck)["rules"])
    return rule


def _binding(objects: list[Object], luck: Random) -> Object:
    return luck.choice([each for each in objects if each["kind"] in BINDINGS])


def drop_rule(objects: list[Object], luck: Random) -> bool:
    role = _role(objects, luck)
    role["rules"].remove(luck.choice(role["rules"]))
    return True


def drop_part(objects: list[Object], luck: Random) -> bool:
    rule = _rule(objects, luck)
    lists = [key for key, values in rule.items() if len(values) > 1]
    if lists:
        values = rule[luck.choice(lists)]
        values.remove(luck.choice(values))
    return bool(lists)


def add_part(objects: list[Object], luck: Random) -> bool:
    rule = _rule(objects, luck)
    more = {
        "verbs": VERBS,
        "resources": RESOURCES,
        "apiGroups": GROUPS,
        "resourceNames": NAMES,
        "nonResourceURLs": PATHS,
    }
    key = luck.choice(sorted(rule.keys() & more.keys()))
    rule[key].append(luck.choice(more[key]))
    return True


def drop_names(objects: list[Object], luck: Random) -> bool:
    rule = _rule(objects, luck)
    return bool(rule.pop("resourceNames", None))


def name_some(objects: list[Object], luck: Random) -> bool:
    rule = _rule(objects, luck)
    if "resources" not in rule:
        return False
    rule.setdefault("resourceNames", []).append(luck.choice(NAMES))
    return True


def drop_subject(objects: list[Object], luck: Random) -> bool:
    binding = _binding(objects, luck)
    if not binding["subjects"]:
        return False
    binding["subjects"].remove(luck.choice(binding["subjects"]))
    return True


def add_subject(objects: list[Object], luck: Random) -> bool:
    subjects = [subject for each in objects if each["kind"] in BINDINGS for subject in each["subjects"]]
    group = {"kind": "Group", "name": "strangers", "apiGroup": "rbac.authorization.k8s.io"}
    _binding(objects, luck)["subjects"].append(luck.choice([*subjects, group]))
    return True


def rebind(objects: list[Object], luck: Random) -> bool:
    roles = sorted(each["metadata"]["name"] for each in objects if each["kind"] == "ClusterRole")
    _binding(objects, luck)["roleRef"] = {"apiGroup": "", "kind": "ClusterRole", "name": luck.choice(roles)}
    return True


def move(objects: list[Object], luck: Random) -> bool:
    binding = _binding(objects, luck)
    if binding["kind"] == "ClusterRoleBinding":
        return False
    binding["metadata"] |= {"namespace": luck.choice(["default", "unknown"]), "name": f"moved-{luck.random()}"}
    return True


def drop_binding(objects: list[Object], luck: Random) -> bool:
    objects.remove(_binding(objects, luck))
    return True


def bind_everywhere(objects: list[Object], luck: Random) -> bool:
    binding = deepcopy(_binding(objects, luck))
    named = [each for each in binding["subjects"] if each["kind"] != "ServiceAccount" or each.get("namespace")]
    binding |= {"kind": "ClusterRoleBinding", "metadata": {"name": f"more-{luck.random()}"}, "subjects": named}
    objects.append(binding)
    return binding["roleRef"]["kind"] == "ClusterRole"


def double_rule(objects: list[Object], luck: Random) -> bool:
    role = _role(objects, luck)
    role["rules"].insert(0, deepcopy(luck.choice(role["rules"])))
    return True


def say_less_again(objects: list[Object], luck: Random) -> bool:
    """A rule that allows less than one that is there."""
    role = _role(objects, luck)
    less = deepcopy(luck.choice(role["rules"]))
    less["verbs"] = [luck.choice(less["verbs"])]
    if "resources" in less and not less.get("resourceNames"):
        less["resourceNames"] = ["one"]
    role["rules"].append(less)
    return True


def split_rule(objects: list[Object], luck: Random) -> bool:
    role = _role(objects, luck)
    rule = luck.choice(role["rules"])
    role["rules"] += [{**deepcopy(rule), "verbs": [verb]} for verb in rule["verbs"][1:]]
    rule["verbs"] = rule["verbs"][:1]
    return True


def shuffle(objects: list[Object], luck: Random) -> bool:
    luck.shuffle(_role(objects, luck)["rules"])
    luck.shuffle(_binding(objects, luck)["subjects"])
    luck.shuffle(objects)
    return True


def split_binding(objects: list[Object], luck: Random) -> bool:
    binding = _binding(objects, luck)
    other = deepcopy(binding)
    other["metadata"]["name"] = f"too-{luck.random()}"
    other["subjects"], binding["subjects"] = binding["subjects"][1:], binding["subjects"][:1]
    objects.append(other)
    return True


def name_account(objects: list[Object], luck: Random) -> bool:
    """A service account under the name of its user, or without the namespace that goes without saying."""
    for subject in _binding(objects, luck)["subjects"]:
        if subject["kind"] == "ServiceAccount" and subject.get("namespace"):
            name = f"system:serviceaccount:{subject.pop('namespace')}:{subject['name']}"
            subject |= {"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
            return True
    return False


def copy_role(objects: list[Object], luck: Random) -> bool:
    """The same rules as a Role of the namespace, bound instead."""
    binding = _binding(objects, luck)
    space, name = binding["metadata"].get("namespace"), binding["roleRef"]["name"]
    roles = [each for each in objects if each["kind"] == "ClusterRole" and each["metadata"]["name"] == name]
    if not space or not roles or binding["roleRef"]["kind"] == "Role" or "aggregationRule" in roles[0]:
        return False
    rules = [deepcopy(rule) for rule in roles[0]["rules"] if "nonResourceURLs" not in rule]
    metadata = {"name": f"copy-{luck.random()}", "namespace": space}
    objects.append({**roles[0], "kind": "Role", "metadata": metadata, "rules": rules})
    binding["roleRef"] = {**binding["roleRef"], "kind": "Role", "name": metadata["name"]}
    return True


def aggregate(objects: list[Object], luck: Random) -> bool:
    """A role's rules in two others, by whose labels it is aggregated; now and then one has none."""
    role = _role(objects, luck)
    if role["kind"] == "Role" or any(each["metadata"]["name"] == DELIVERY for each in objects):
        return False
    part, rules = f"part-{luck.random()}", role["rules"]
    values = luck.choice((["a", "b"], ["a", "b"], ["a"]))
    role["aggregationRule"] = {
        "clusterRoleSelectors": [{"matchExpressions": [{"key": part, "operator": "In", "values": values}]}]
    }
    role["rules"] = []
    for label, own in (("a", rules[::2]), ("b", rules[1::2])):
        metadata = {"name": f"{part}-{label}", "labels": {part: label}}
        objects.append({**role, "metadata": metadata, "rules": own})
        objects[-1].pop("aggregationRule")
    return True


CHANGES: tuple[Change, ...] = (
    *(drop_rule, drop_part, add_part, drop_names, name_some, drop_subject, add_subject, rebind, move, drop_binding),
    *(bind_everywhere, double_rule, say_less_again, split_rule, shuffle, split_binding, name_account, copy_role),
    aggregate,
)


@cache
def base(profile: str) -> tuple[Files, list[Object], Profile]:
    files, read_profile = rendered(profile)
    rest, objects = split(files)
    return rest, objects, read_profile


@settings(max_examples=100, deadline=None, phases=NO_SHRINKING)
@given(
    st.sampled_from((*PROFILES, DELIVERED)),
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2),
    st.integers(0, 2**32),
)
def test_a_change_is_found_if_it_changes_the_meaning(profile: str, changes: list[Change], luck: int) -> None:
    check(profile, changes, Random(luck))


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(strategies.texts(), st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3), st.integers(0, 2**32))
def test_so_it_is_of_generated_profiles(profile: str, changes: list[Change], luck: int) -> None:
    files, read_profile = rendered(profile)
    assert found(files, read_profile) == []
    _, objects = split(files)
    if can_change(objects):
        check(profile, changes, Random(luck))


def can_change(objects: list[Object]) -> bool:
    """Is there a rule and a binding left?"""
    return any(each.get("rules") for each in objects) and any(each["kind"] in BINDINGS for each in objects)


def check(profile: str, changes: list[Change], luck: Random) -> None:
    rest, before, read_profile = base(profile)
    after = deepcopy(before)
    done = [change for change in changes if can_change(after) and change(after, luck)]
    for each in after:
        each.setdefault("subjects" if each["kind"] in BINDINGS else "rules", [])

    # That others can add to a role is no difference yet: tests/faults/access.py has it.
    said = found(put_back(rest, after), read_profile)
    findings = [finding for finding in said if "and it is aggregated" not in finding.message]

    assert bool(findings) != means_the_same(before, after), (done, findings[:3])


def test_what_is_rendered_keeps_the_promise() -> None:
    for profile in (*PROFILES, DELIVERED, scale.profile(60)):
        assert found(*rendered(profile)) == []
