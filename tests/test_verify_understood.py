"""Expressions that somebody changed at random: whatever pod fares otherwise than before, verify has a finding.

The pods here are made at random, of what the policies speak of and of what they do not; verify asks about its own.
"""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from hardener.profile import Profile
from hardener.verify.cel.syntax import parse
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.pods import pods
from hardener.verify.pods.asking import Asking
from hardener.verify.pods.clauses import clauses
from hardener.verify.pods.observed import PATTERNS, Path, UnclearError
from hardener.verify.pods.sentences import inlined, is_one_of
from hardener.verify.written import read
from tests.rendering import written
from tests.verifying import Files, objects, rendered, store

_FILE = "manifests/cluster/pods.yaml"
_PROFILE = written("""
zones:
  shop: {trust: 50, registries: [registry.example.com/shop/]}
  pay:
    trust: 50
    podSecurity: baseline
    registries: [registry.example.com/pay, docker.io/library/]
    digests: true
    runtimeClass: gvisor
    capabilities: [CHOWN]
    seccomp: Localhost/web.json
    seLinux: {type: container_t}
  own: {trust: 50, userNamespaces: true, appArmor: RuntimeDefault}
tenants:
  team: {namespaces: {shop: {zone: shop}, pay: {zone: pay, serviceAccounts: {settle: {token: true}}}, own: {zone: own}}}
""")
_DIGEST = "@sha256:" + "0123456789abcdef" * 4
_IMAGES = (
    *(
        "registry.example.com/shop/web",
        f"registry.example.com/pay/web{_DIGEST}",
        f"registry.example.com/pay:1{_DIGEST}",
    ),
    *("web", f"nginx{_DIGEST}", f"index.docker.io/library/nginx{_DIGEST}", f"evil.io/web{_DIGEST}", "evil.io/web"),
    *(
        f"registry.example.com/pay-evil/web{_DIGEST}",
        f"docker.io/nginx{_DIGEST}",
        "sha256:0",
        "Evil/web",
        "localhost/web",
    ),
)
_PROFILES = ({"type": "Localhost", "localhostProfile": "web.json"}, {"type": "RuntimeDefault"}, {"type": "Unconfined"})
_OPTIONS = {
    "privileged": (True, False),
    "capabilities": ({"add": ["CHOWN"]}, {"add": ["NET_ADMIN"]}, {"add": ["CHOWN", "SYS_ADMIN"]}, {"drop": ["ALL"]}),
    "seccompProfile": _PROFILES,
    "appArmorProfile": _PROFILES,
    "seLinuxOptions": ({"type": "container_t"}, {"type": "spc_t"}, {"level": "s0"}),
}
_TOKENS = ({"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},)
_WHOLE = {
    "runtimeClassName": ("gvisor", "runc"),
    "hostUsers": (True, False),
    "serviceAccountName": ("settle", "default", "other"),
    "volumes": (_TOKENS, ({"name": "i", "image": {"reference": "evil.io/data"}},), ({"name": "e", "emptyDir": {}},)),
}
# What a pod of each namespace is like that is as it should be.
_GOOD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "shop": ({"image": "registry.example.com/shop/web"}, {}),
    "pay": (
        {
            "image": f"registry.example.com/pay/web{_DIGEST}",
            "securityContext": {"seccompProfile": _PROFILES[0], "seLinuxOptions": {"type": "container_t"}},
        },
        {"runtimeClassName": "gvisor"},
    ),
    "own": ({"image": "web", "securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}, {"hostUsers": False}),
}
# What every pod says that is stored: plugins add it.
_STORED = {"nodeSelector": {"node-restriction.kubernetes.io/pool": "shared"}, "serviceAccountName": "default"}
_POD_DECIDES = (
    "object.spec.containers.size() > 1",
    "object.spec.?hostUsers.orValue(true)",
    "object.spec.containers.exists(c, c.name == 'b')",
    "object.spec.?runtimeClassName.orValue('') == 'runc'",
    "object.spec.?volumes.orValue([]).size() == 1",
    "object.spec.containers[0].image.startsWith('evil')",
)


def _container(chance: random.Random, namespace: str, name: str) -> dict[str, Any]:
    good = _GOOD[namespace][0]
    made = {**good, "name": name}
    if chance.random() < 0.4:
        made["image"] = chance.choice(_IMAGES)
    if chance.random() < 0.5:
        field = chance.choice(list(_OPTIONS))
        made["securityContext"] = {**good.get("securityContext", {}), field: chance.choice(_OPTIONS[field])}
    if chance.random() < 0.1:
        made.pop("securityContext", None)
    return made


@cache
def _pods() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Pods, most of which are good but for a few things."""
    chance = random.Random(7)
    made = []
    for number in range(180):
        namespace = chance.choice(list(_GOOD))
        spec = {"containers": [_container(chance, namespace, "a")], **_STORED, **_GOOD[namespace][1]}
        for kind, share in (("containers", 0.4), ("initContainers", 0.2)):
            if chance.random() < share:
                spec.setdefault(kind, []).append(_container(chance, namespace, "b"))
        for field, values in _WHOLE.items():
            if chance.random() < 0.15:
                spec[field] = chance.choice(values)
        if chance.random() < 0.2:
            field = chance.choice([each for each in _OPTIONS if each.endswith(("Profile", "Options"))])
            spec["securityContext"] = {field: chance.choice(_OPTIONS[field])}
        made.append((namespace, {"metadata": {"name": f"p{number}"}, "spec": spec}))
    return tuple(made)


def _admitted(files: Files, profile: Profile) -> list[bool]:
    server = Asking(read(files)[0], profile)
    if server.problems:
        return []
    judged = [server.judge(namespace, "pods", "CREATE", pod) for namespace, pod in _pods()]
    return [each is not None and not each.refusals for each in judged]


@cache
def _before() -> list[bool]:
    return _admitted(*rendered(_PROFILE))


def _without_a_part(text: str, draw: Any) -> str:
    sign = draw(st.sampled_from([" || ", " && "]))
    parts = text.split(sign)
    parts.pop(draw(st.integers(0, len(parts) - 1)))
    return sign.join(parts)


def _another_text(text: str, draw: Any) -> str:
    found = list(re.finditer(r"'[^']*'", text))
    assume(found)
    one = draw(st.sampled_from(found))
    texts = ["''", "'evil'", "'e'", "'evil.io/'", "'CHOWN'", "'runc'", "'spc_t'", "'Unconfined'", "'default'"]
    other = draw(st.sampled_from([*texts, *sorted({each[0] for each in found})]))
    return text[: one.start()] + other + text[one.end() :]


def _another_list(text: str, draw: Any) -> str:
    return text.replace("['", draw(st.sampled_from(["['evil.io/', '", "['NET_ADMIN', '", "['evil', '"])))


def _wider(text: str, draw: Any) -> str:
    old, new = draw(st.sampled_from([("$'", "'"), ("'^", "'"), ("{64}", "{8}"), ("[^/]", "."), ("'^", "'(?i)^")]))
    return text.replace(old, new)


def _not(text: str, draw: Any) -> str:
    return text.replace("!", "", 1) if draw(st.booleans()) else text.replace("||", "&&", 1)


def _if_the_pod_likes(text: str, draw: Any) -> str:
    condition = draw(st.sampled_from(_POD_DECIDES))
    way = draw(st.sampled_from(["({0}) || {1}", "{1} ? true : ({0})", "{1} ? [] : ({0})", "({0}).filter(i, {1})"]))
    return str(way).format(text, condition)


def _fewer(text: str, draw: Any) -> str:
    old, new = draw(
        st.sampled_from([("== 0", "< 2"), (".all(", ".exists("), (".exists(", ".all("), ("+ object", "+ [] + object")])
    )
    return text.replace(old, new)


def _one_kind_less(text: str, draw: Any) -> str:
    parts = text.split(" + object.spec")
    parts.pop(draw(st.integers(1, len(parts) - 1)) if len(parts) > 1 else 0)
    return " + object.spec".join(parts)


_WAYS = (*(_without_a_part, _another_text, _another_list, _wider, _not, _if_the_pod_likes, _fewer, _one_kind_less),)


@given(st.sampled_from(_WAYS), st.data())
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_pod_fares_otherwise_without_a_finding(way: Any, data: st.DataObject):
    files, profile = rendered(_PROFILE)
    documents = objects(files, _FILE)
    judging = [each for each in documents if "zone" in each["metadata"]["name"] and "validations" in each["spec"]]
    spec = data.draw(st.sampled_from(judging))["spec"]
    part = data.draw(st.sampled_from([*spec["variables"], *spec["validations"]]))
    before, part["expression"] = part["expression"], way(part["expression"], data.draw)
    assume(before != part["expression"])
    store(files, _FILE, documents)

    after = _admitted(files, profile)

    if after and after != _before():
        assert _says(files, profile), part["expression"]


def _says(files: Files, profile: Profile) -> list[str]:
    try:
        return [each.message for each in pods(read(files)[0], profile)]
    except NotUnderstoodError as error:
        return [error.finding.message]


def test_pods_at_random_are_both_admitted_and_refused():
    assert 20 < sum(_before()) < len(_pods()) - 20
    assert _says(*rendered(_PROFILE)) == []


# --- The form by itself ---

_LISTS = (
    "object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])"
)


def _looks_at(text: str) -> list[list[str]]:
    found = clauses(parse(text), {"object": Path(0, "")})
    return sorted(sorted(path for _, path in clause) for clause in found)


def test_each_clause_says_what_it_looks_at():
    image, root = "spec.container[].image", "spec.container[].securityContext.privileged"
    said = f"({_LISTS}).all(c, c.image == 'a' && !c.?securityContext.?privileged.orValue(false))"

    assert _looks_at(said) == [[image], [root]]
    assert _looks_at(f"({_LISTS}).filter(c, c.image == 'a' || c.image == 'b').size() == 0") == [[image]]
    assert _looks_at(f"({_LISTS}).all(c, c.image == 'a') || object.spec.?hostUsers.orValue(true)") == [
        [image, "spec.hostUsers"]
    ]
    assert _looks_at("true") == []
    assert _looks_at("false") == [[]]
    assert _looks_at("['a', 'b'].exists(x, object.spec.?runtimeClassName.orValue('') == x)") == [
        ["spec.runtimeClassName"]
    ]


def test_elements_that_are_named_twice_are_two():
    (clause,) = clauses(
        parse(f"({_LISTS}).all(c, c.image == 'a') || ({_LISTS}).all(c, c.image == 'b')"), {"object": Path(0, "")}
    )
    assert len(clause) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"({_LISTS}).exists(c, c.image == 'a')",
        f"({_LISTS}).size() > 0",
        "object.spec.containers.all(c, c.image == 'a')",
        "(object.spec.containers + object.spec.containers).all(c, c.image == 'a')",
        " || ".join(f"({_LISTS}).all(c, c.a == 'x' && c.b == 'x' && c.c == 'x')" for _ in range(7)),
        f"({_LISTS}).all(c, c.image.replace('a', 'b', 1) == 'x')",
        "object.spec.runtimeClassName.startsWith('a')",
        "object.spec.volumes[object.spec.x]",
        "object.spec.a.orValue(object.spec.b) == 'x'",
        "object.spec.a in object.spec.b",
        "object.spec.tolerations.all(one, one.key in [1].map(x, x))",
        "(oldObject != null && has(oldObject.spec.tolerations) ? oldObject.spec.tolerations : []) == []",
        "[object.spec.a].all(x, x == 'a')",
    ],
)
def test_what_counts_otherwise_is_unclear(text: str):
    with pytest.raises(UnclearError):
        clauses(parse(text), {"object": Path(0, "")})


def test_variables_stand_where_they_are_named():
    assert inlined(parse("variables.a.b + [variables.c]"), {"a": parse("x"), "c": parse("1")}) == parse("x.b + [1]")


def test_a_sentence_has_one_text_wherever_it_names_it():
    assert is_one_of(parse("a == 'x' && b == 'x'"), ["a == '*one' && b == '*one'"])
    assert not is_one_of(parse("a == 'x' && b == 'y'"), ["a == '*one' && b == '*one'"])
    assert is_one_of(parse("a in ['x', 'y']"), ["a in ['*']"])
    assert not is_one_of(parse("a in ['x', 1]"), ["a in ['*']"])


def test_patterns_are_those_that_are_rendered():
    texts = rendered(_PROFILE)[0][_FILE]

    assert all(pattern in texts for pattern in PATTERNS)


def test_variables_that_grow_with_each_other_are_not_followed():
    files, profile = rendered(_PROFILE)
    documents = objects(files, _FILE)
    (mine,) = [
        each
        for each in documents
        if each["metadata"]["name"] == "hardener-pods-zone-own" and "variables" in each["spec"]
    ]
    doubled = [{"name": f"v{at}", "expression": f"variables.v{at - 1} + variables.v{at - 1}"} for at in range(1, 40)]
    mine["spec"]["variables"] += [{"name": "v0", "expression": "['x']"}, *doubled]
    store(files, _FILE, documents)

    assert any("grow with each other" in each for each in _says(files, profile))
