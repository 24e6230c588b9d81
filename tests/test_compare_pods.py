"""Which pods one side admits alone, as `admit` has it, for pods at random and for what somebody edits by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import islice

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardener.compare import Change
from hardener.compare.changes import changes as all_changes
from hardener.compare.nodes import nodes
from hardener.compare.pods import pods
from hardener.compare.sides import Sides
from hardener.source import parse
from hardener.verify.unforeseen import STUMBLES
from tests.admitted_alone import alone, near, unsaid
from tests.comparing import folder, side, sides
from tests.strategies import as_yaml, shuffled
from tests.strategies_of_pairs import pairs

# To shrink what fails would take minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
POLICIES = "manifests/cluster/pods.yaml"
WEB = "manifests/namespaces/web/namespace.yaml"
FLAGS = "control-plane/kube-apiserver.flags"
ADMISSION = "control-plane/admission-configuration.yaml"

PLAIN = """
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: plain}
cluster:
  kubernetes: "1.36"
  distribution: kubeadm
  cni: calico
  networks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.10.0/24]
    controlPlane: [192.168.10.0/29]
zones:
  apps: {trust: 50, podSecurity: baseline, capabilities: [NET_BIND_SERVICE], registries: [registry.example.com/shop/]}
tenants:
  shop:
    namespaces:
      web: {zone: apps}
      api: {zone: apps}
"""

CHANGES = import_module("hardener.compare.changes")
CELLS = import_module("hardener.compare.pods.cells")

Files = dict[str, str]
Edit = Callable[[Files], None]


def put(path: str, old: str, new: str) -> Edit:
    def edit(files: Files) -> None:
        assert old in files[path], old
        files[path] = files[path].replace(old, new, 1)

    return edit


def edited(edit: Edit, profile: str = PLAIN) -> tuple[Sides, Sides]:
    """From a folder as it was rendered to what somebody made of it, and back."""
    before = dict(side(parse(profile, "profile.yaml")).files)
    after = dict(before)
    edit(after)
    return Sides(folder(before), folder(after)), Sides(folder(after), folder(before))


def of_direction(found: tuple[Change, ...], direction: str) -> list[Change]:
    return [each for each in found if each.direction == direction]


# What is done by hand, and what must be said: in which sentence, and whether the way back is decided as well.
BY_HAND: dict[str, tuple[Edit, str]] = {
    "another registry": (
        put(POLICIES, "['registry.example.com/shop/']", "['registry.example.com/shop/', 'elsewhere.example/x/']"),
        "namespaces of zone apps admit images of elsewhere.example/x/",
    ),
    "a prefix that ends nowhere": (
        put(POLICIES, "['registry.example.com/shop/']", "['registry.example.com/shop']"),
        "namespaces of zone apps admit images such as registry.example.com/shop",
    ),
    "a binding that warns": (
        put(
            POLICIES,
            "  policyName: hardener-pods-zone-apps\n  validationActions: [Deny]",
            "  policyName: hardener-pods-zone-apps\n  validationActions: [Warn]",
        ),
        "namespaces of zone apps admit images of any other registry",
    ),
    "what fails passes": (
        put(
            POLICIES,
            "  name: hardener-pods-zone-apps\n  labels:\n    app.kubernetes.io/managed-by: hardener\n"
            "spec:\n  failurePolicy: Fail",
            "  name: hardener-pods-zone-apps\nspec:\n  failurePolicy: Ignore",
        ),
        "namespaces of zone apps admit requests that a policy cannot judge",
    ),
    "containers that are added": (
        put(POLICIES, "resources: [pods, pods/ephemeralcontainers]", "resources: [pods]"),
        "namespaces of zone apps admit containers that are added to pods that run",
    ),
    "a level of one namespace": (
        put(WEB, "enforce: baseline", "enforce: privileged"),
        "namespace web admits pods that are privileged (baseline before)",
    ),
    "a namespace that is exempt": (
        put(ADMISSION, "namespaces: [kube-system]", "namespaces: [kube-system, web]"),
        "namespace web admits pods that are privileged (baseline before)",
    ),
    "a user who is exempt": (
        put(ADMISSION, "usernames: []", "usernames: [kim]"),
        "whatever pods kim creates are exempt from Pod Security",
    ),
    "a token of one account": (
        put(WEB, "  labels:\n", "  annotations:\n    hardener.dev/tokens: app\n  labels:\n"),
        "namespace web admits pods that hold a token of app",
    ),
    "the default of the API server": (
        put(ADMISSION, "enforce: restricted", "enforce: baseline"),
        "namespaces that the profile does not know admit pods of the level baseline (restricted before)",
    ),
    "no policies": (
        lambda files: files.update({POLICIES: "# Nothing is refused.\n"}),
        "namespaces that the profile does not know admit a lower level from whoever may change a namespace",
    ),
}


@pytest.mark.parametrize(("edit", "says"), BY_HAND.values(), ids=BY_HAND)
def test_what_somebody_lets_in_by_hand_is_said_and_so_is_the_way_back(edit, says):
    there, back = edited(edit)
    found = tuple(pods(there))
    assert says in "\n".join(each.message for each in of_direction(found, "weaker"))
    assert not of_direction(found, "stronger")
    returned = tuple(pods(back))
    assert of_direction(returned, "stronger")
    assert not of_direction(returned, "weaker")


OF_WEB = "pods of namespace web are {} by the standards of 1.36"
OF_OTHERS = "pods of namespaces that say nothing of it are judged by the standards of 1.36"
UNPINNED = {
    "latest": (put(WEB, "enforce-version: v1.36", "enforce-version: latest"), OF_WEB.format("judged")),
    "newer than the server": (put(WEB, "enforce-version: v1.36", "enforce-version: v1.37"), OF_WEB.format("judged")),
    "audit": (put(WEB, "audit-version: v1.36", "audit-version: latest"), OF_WEB.format("recorded")),
    "by default": (put(ADMISSION, "enforce-version: v1.36", "enforce-version: latest"), OF_OTHERS),
}


@pytest.mark.parametrize(("edit", "says"), UNPINNED.values(), ids=UNPINNED)
def test_a_version_that_is_pinned_no_more_is_weaker_and_the_way_back_stronger(edit, says):
    there, back = edited(edit)
    (found,) = all_changes(there)
    assert (found.direction, found.reason) == ("weaker", "it cannot be decided what an upgrade does to it")
    assert found.message.startswith(f"{says} no more")
    (returned,) = all_changes(back)
    assert (returned.direction, returned.message) == ("stronger", f"{says}, also after an upgrade")


def test_a_label_of_a_version_that_is_gone_is_weaker_where_no_default_stands():
    def edit(files: Files) -> None:
        files[ADMISSION] = files[ADMISSION].replace("enforce-version: v1.36", "enforce-version: latest")
        files[WEB] = files[WEB].replace("    pod-security.kubernetes.io/enforce-version: v1.36\n", "")

    (found,) = all_changes(edited(edit)[0])
    assert "namespace web and namespaces that say nothing of it" in found.message


def bound(policy: str, *requirements: str) -> Edit:
    """The binding of a policy, with more that it asks of namespaces."""

    def edit(files: Files) -> None:
        start, end = f"Binding\nmetadata:\n  name: hardener-pods-{policy}\n", "validationActions: [Deny]\n"
        before, after = files[POLICIES].split(start, 1)
        within, rest = after.split(end, 1)
        listed = "".join(f"        - {each}\n" for each in requirements)
        asks = "      matchExpressions:\n"
        if rest.startswith("  matchResources:\n"):
            rest = rest.replace(asks, f"{asks}{listed}", 1)
        else:
            rest = f"  matchResources:\n    namespaceSelector:\n{asks}{listed}{rest}"
        files[POLICIES] = f"{before}{start}{within}{end}{rest}"

    return edit


LABELLED = "namespaces that the profile does not know and that have the label {} {}"
TYPES = "Services of the type NodePort and Services of the type LoadBalancer"
LEFT_OUT = {
    "a name": (
        bound("services", "{key: kubernetes.io/metadata.name, operator: NotIn, values: [evil]}"),
        f"a namespace evil, which the profile does not know, admits {TYPES}",
    ),
    "a label": (bound("services", "{key: skip, operator: DoesNotExist}"), LABELLED.format("skip", f"admit {TYPES}")),
    "a value": (
        bound("services", "{key: env, operator: NotIn, values: [lab]}"),
        LABELLED.format("env=lab", f"admit {TYPES}"),
    ),
    "of Services with addresses": (
        bound("external-ips", "{key: skip, operator: DoesNotExist}"),
        LABELLED.format("skip", "admit addresses in the status of a Service"),
    ),
}


@pytest.mark.parametrize(("edit", "says"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_namespace_that_nobody_knows_and_a_policy_leaves_out_is_weaker(edit, says):
    there, back = edited(edit)
    assert [(each.direction, each.message) for each in all_changes(there)] == [("weaker", says)]
    returned = says.replace(" admit", " no longer admit")
    assert [(each.direction, each.message.replace("admits ", "admit ")) for each in all_changes(back)] == [
        ("stronger", returned.replace("admits ", "admit "))
    ]


def test_of_which_version_users_are_warned_is_nothing():
    there, _ = edited(put(WEB, "warn-version: v1.36", "warn-version: latest"))
    assert there.differing
    assert all_changes(there) == ()


SAME: dict[str, Edit] = {
    "renamed": lambda files: files.update({POLICIES: files[POLICIES].replace("hardener-pods-zone-apps", "another")}),
    "a comment": put(POLICIES, "# What", "# All that"),
    "what is said": put(POLICIES, 'message: "zone apps: ', 'message: "zone of apps: '),
    "another order": lambda files: files.update({POLICIES: "---\n".join(reversed(files[POLICIES].split("---\n")))}),
    "the same in other words": lambda files: files.update(
        {POLICIES: files[POLICIES].replace("in ['NET_BIND_SERVICE']", "in ['NET_BIND_SERVICE', 'NET_BIND_SERVICE']")}
    ),
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_what_means_the_same_gives_nothing(edit):
    there, _ = edited(edit)
    assert there.differing == {POLICIES}
    assert tuple(pods(there)) == ()


def test_a_policy_that_nobody_understands_is_weaker_on_both_ways():
    edit = put(POLICIES, 'expression: "variables.unchanged || ', "expression: \"object.metadata.name == 'x' || ")
    for both in edited(edit):
        (found, *_) = of_direction(tuple(pods(both)), "weaker")
        assert found.reason == "it cannot be decided what this does"


CHOSEN = {
    "labels of Services": ("objectSelector: {matchExpressions: [{key: skip, operator: DoesNotExist}]}", "services"),
    "names of Secrets": (
        'excludeResourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets], '
        "resourceNames: [x]}]",
        "token-secrets",
    ),
    "changes of Secrets": (
        'excludeResourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [secrets]}]',
        "token-secrets",
    ),
    "names of Namespaces": (
        'excludeResourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [namespaces], '
        "resourceNames: [x]}]",
        "namespaces",
    ),
}


@pytest.mark.parametrize(("what", "policy"), CHOSEN.values(), ids=CHOSEN)
def test_a_policy_that_goes_by_what_somebody_chooses_is_weaker(what, policy):
    def edit(files: Files) -> None:
        before, after = files[POLICIES].split(f"  name: hardener-pods-{policy}\n", 1)
        after = after.replace("  matchConstraints:\n", f"  matchConstraints:\n    {what}\n", 1)
        files[POLICIES] = f"{before}  name: hardener-pods-{policy}\n{after}"

    (found, *_) = of_direction(all_changes(edited(edit)[0]), "weaker")
    assert found.message.startswith(f"ValidatingAdmissionPolicy hardener-pods-{policy}: ")
    assert found.reason == "it cannot be decided what this does"


@pytest.mark.parametrize("variables", ["[{expression: 'true'}]", "[{name: unchanged}]", "['*']", "1", "{a: b}"])
def test_variables_of_no_form_are_weaker(variables):
    edit = put(POLICIES, "  variables:\n", f"  variables: {variables}\n  formerly:\n")
    found = [each for each in all_changes(edited(edit)[0]) if each.word == "pods" and each.direction == "weaker"]
    assert any("a variable without a name or an expression" in line for each in found for line in each.details)


@pytest.mark.parametrize("error", STUMBLES)
def test_what_a_comparison_stumbles_over_is_weaker(monkeypatch, error):
    def stumbling(_: Sides) -> Iterator[Change]:
        raise error("what is this")
        yield

    monkeypatch.setattr(CHANGES, "COMPARISONS", (stumbling,))
    (found,) = all_changes(edited(SAME["a comment"])[0])
    assert (found.direction, found.word, found.reason) == ("weaker", "stumbling", "it cannot be decided what this does")
    assert f"a form that nobody foresaw ({error.__name__}: " in found.message


def test_a_broken_policy_is_weaker():
    there, _ = edited(put(POLICIES, 'expression: "variables.unchanged || ', 'expression: "variables.unchanged || ('))
    found = of_direction(tuple(pods(there)), "weaker")
    assert any(each.reason == "it cannot be decided what this does" for each in found)


def test_of_what_does_not_concern_pods_nothing_is_asked(monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a server was read")

    monkeypatch.setattr(CELLS, "Server", refuse)
    flow = "flows:\n  - {from: {namespace: web}, to: {namespace: api}, ports: [1]}\n"
    both = sides(PLAIN, PLAIN + flow)
    assert both.differing
    assert tuple(pods(both)) == ()
    with pytest.raises(AssertionError, match="was read"):
        tuple(pods(sides(PLAIN, PLAIN.replace("baseline", "restricted"))))


def test_of_many_namespaces_as_many_are_read_as_there_are_kinds(monkeypatch):
    many = "".join(f"      ns-{number}: {{zone: apps}}\n" for number in range(60))
    both = sides(PLAIN + many, PLAIN.replace("shop/]", "shop/, quay.io/x/]") + many)
    asked: list[tuple[str, ...]] = []
    real = CELLS._cell

    def counted(servers: object, names: tuple[str, ...], zones: object) -> object:
        asked.append(names)
        return real(servers, names, zones)

    monkeypatch.setattr(CELLS, "_cell", counted)
    assert [each.message for each in pods(both)] == ["namespaces of zone apps admit images of quay.io/x/"]
    assert len(asked) == 1


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(pair=pairs(), seed=st.integers(0, 2**16))
def test_what_one_side_admits_alone_is_said(pair, seed):
    both = sides(*map(as_yaml, pair))
    assert unsaid(both, near(both, seed, 16), (*pods(both), *nodes(both))) == []


def test_what_nobody_says_would_be_found():
    both = sides(PLAIN, PLAIN.replace("shop/]", "other/]"))
    tried = near(both, 1, 16)
    assert list(islice(alone(both, tried), 1))
    assert unsaid(both, tried, ())
    assert unsaid(both, tried, (each for each in all_changes(both) if each.word != "pods"))
    assert unsaid(both, tried, pods(both)) == []


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(pair=pairs().flatmap(lambda pair: st.tuples(st.just(pair[0]), shuffled(pair[0]))))
def test_another_order_and_another_name_give_nothing(pair):
    old, new = pair
    both = sides(as_yaml(old), as_yaml(new | {"metadata": {"name": "another"}}))
    assert both.differing
    assert (*pods(both), *nodes(both)) == ()
