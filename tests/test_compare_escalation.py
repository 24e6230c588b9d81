"""Who acts as whom: what somebody gains by an account that it did not gain itself."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from hardener.compare.access.held import Gain, Held, Meanings
from hardener.compare.escalation import escalation
from hardener.compare.escalation.reached import Reach
from hardener.compare.sides import Side, Sides
from hardener.verify.access.rbac import Request
from hardener.verify.access.subjects import Subject, service_account
from hardener.verify.escalation.stronger import acts_as
from hardener.verify.escalation.ways import Ways
from tests.comparing import folder, of_files, sides
from tests.test_compare_access import HEAD, SUBJECTS, WORLDS, allowed, asked_of, held, of, worlds
from tests.test_pairs import FOLDER
from tests.verifying import add, rendered

OLD = (FOLDER / "escalation-account-gains.old.yaml").read_text()
ACCOUNT_OF_WORLDS = service_account("web", "app")
PLAIN = (FOLDER / "plain.yaml").read_text()
ROLES = """
roles:
  looking: [{resources: [nodes], verbs: [get]}]
  counting: [{resources: [configmaps], verbs: [delete]}]
"""
ACCOUNT = "payments: {zone: cards, serviceAccounts: {settle: {}}}"


def text(pay: str, shop: str = "", everywhere: str = "", *, kubernetes: str = "1.36") -> str:
    """The plain profile with an account of payments, and with grants."""
    exception = "{rule: escalation.service-account, at: %s, reason: r, owner: o, expires: 2027-03-31}"
    places = (["access.0"] if everywhere else []) + (["tenants.shop.access.1"] if "settle" in shop else [])
    asked = [exception % place for place in places] if "settle" in shop + everywhere and "developer" in pay else []
    found = PLAIN.replace("payments: {zone: cards}", ACCOUNT + (f"\n    access: [{pay}]" if pay else ""))
    found = found.replace("groups: [shop]}", "groups: [shop]}" + (f"\n      - {shop}" if shop else ""))
    found += ROLES + (f"access: [{everywhere}]\n" if everywhere else "")
    return found.replace("1.36", kubernetes) + (f"exceptions: [{', '.join(asked)}]\n" if asked else "")


def said(old: str, new: str) -> list[str]:
    return [f"{each.direction}: {each.message}" for each in escalation(sides(old, new))]


DEVELOPER = "{role: developer, groups: [pay]}"
LOOKING = "{role: looking, serviceAccounts: [payments/settle]}"
COUNTING = "{role: counting, serviceAccounts: [payments/settle], namespaces: [api]}"
SINCE = "since it can create, update and patch pods in payments"
GET_NODES = f"group pay may get nodes as service account payments/settle, {SINCE}"
DELETE = GET_NODES.replace("get nodes", "delete configmaps in api")


def test_whoever_runs_pods_gains_with_the_account() -> None:
    assert said(text(DEVELOPER), text(DEVELOPER, everywhere=LOOKING)) == [f"weaker: {GET_NODES}"]
    assert said(text(DEVELOPER, everywhere=LOOKING), text(DEVELOPER)) == [
        "stronger: group pay may no longer get nodes as service account payments/settle"
    ]


def test_whoever_comes_to_run_pods_gains_what_the_account_held() -> None:
    """In a namespace that nobody touched: what the account holds there is read as well."""
    assert said(text("", COUNTING), text(DEVELOPER, COUNTING)) == [f"weaker: {DELETE}"]
    assert said(text("", COUNTING), text("", COUNTING)) == []


def test_the_account_gains_where_nobody_touched_the_pods() -> None:
    assert said(text(DEVELOPER), text(DEVELOPER, COUNTING)) == [f"weaker: {DELETE}"]


def test_what_somebody_holds_itself_is_not_told_twice() -> None:
    held = "{role: looking, groups: [pay]}"
    old, new = text(DEVELOPER, everywhere=held), text(DEVELOPER, everywhere=f"{held}, {LOOKING}")
    new = new.partition("exceptions")[0]
    assert said(old, new) == said(new, old) == []
    assert said(text(DEVELOPER), old) == []


def test_a_second_account_adds_nothing_to_what_the_first_may() -> None:
    two = text(DEVELOPER, everywhere=LOOKING).replace("{settle: {}}", "{settle: {}, other: {}}")
    both = two.replace("[payments/settle]", "[payments/settle, payments/other]")
    assert said(two, both) == []


def test_a_policy_of_the_output_is_no_right_to_reach() -> None:
    """Up to 1.24, the accounts of a namespace may use the policy by which its pods are judged."""
    old, new = text("", kubernetes="1.24"), text(DEVELOPER, kubernetes="1.24")
    assert said(old, new) == []
    assert said(old, text("").replace("trust: 50", "trust: 50, podSecurity: baseline").replace("1.36", "1.24")) == []


def added(*documents: str) -> Side:
    files, _ = rendered(text(DEVELOPER))
    for document in documents:
        add("manifests/cluster/access.yaml", HEAD + document)(files)
    return folder(files)


def test_all_accounts_together_are_accounts_of_each_namespace() -> None:
    binding = (
        "kind: ClusterRoleBinding\nmetadata: {name: more}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}\n"
        "subjects: [{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}]\n"
    )
    role = "kind: ClusterRole\nmetadata: {name: more}\nrules: [{apiGroups: [''], resources: [nodes], verbs: [get]}]\n"
    messages = [each.message for each in escalation(Sides(added(), added(role, binding % "more")))]
    assert messages == [f"group pay may get nodes as group system:serviceaccounts, {SINCE}"]


def reached(held: Held, ways: Ways, subject: Subject) -> set[Request]:
    """What somebody may do by acting as the account of the worlds, if it does."""
    runners = [each for each in ways.runners.get("web", ()) if each.bound.subject == subject]
    acts = any(acts_as(each, ACCOUNT_OF_WORLDS) for each in runners) and subject not in ways.almighty
    return allowed(held.grants, ACCOUNT_OF_WORLDS) if acts else set()


@settings(WORLDS, max_examples=8)
@given(worlds, worlds)
def test_whatever_only_one_side_lets_somebody_reach_is_told_and_nothing_else(one: Any, other: Any) -> None:
    both = [of(running(world)) for world in (one, other)]
    helds = [held(side) for side in both]
    ways = [Ways(each.grants, side.profile) for each, side in zip(helds, both, strict=True)]
    meanings = Meanings()
    reach = [Reach(each, way, meanings) for each, way in zip(helds, ways, strict=True)]
    directions = {each.direction for each in escalation(Sides(*both))}
    for here, there, direction in ((1, 0, "weaker"), (0, 1, "stronger")):
        found = list(reach[here].beyond(reach[there]))
        assert bool(found) == (direction in directions)
        for subject in SUBJECTS:
            more = reached(helds[here], ways[here], subject) - reached(helds[there], ways[there], subject)
            more -= allowed(helds[here].grants, subject) | allowed(helds[there].grants, subject)
            mine = [
                Gain(subject, each.acting.bound.namespace, each.acting.bound, each.rights)
                for each in found
                if each.acting.runner.bound.subject == subject
            ]
            assert all(any(asked_of(each, request) for each in mine) for request in more)
            assert all(any(asked_of(each, request) for request in more) for each in mine)


def running(world: Any) -> Any:
    """The world, in which whoever writes may run pods, and the account holds something more often."""
    writer = [*world["roles"]["writer"], {"verbs": ["patch"], "resources": ["pods"], "names": []}]
    return {**world, "roles": {**world["roles"], "writer": writer}, "own": world["own"] or ["reader"]}


def test_places_are_those_that_decide() -> None:
    name = "escalation-account-gains"
    (account,) = escalation(of_files(FOLDER / f"{name}.old.yaml", FOLDER / f"{name}.yaml"))
    assert (account.new.at, account.old) == (("access", 0), None)
    (runner,) = escalation(sides(text("", COUNTING), text(DEVELOPER, COUNTING)))
    assert runner.new.at == ("tenants", "pay", "access", 0)
    (gone,) = escalation(sides(text(DEVELOPER, COUNTING), text("", COUNTING)))
    assert (gone.old.at, gone.new) == (("tenants", "pay", "access", 0), None)
    grown = text(DEVELOPER, COUNTING).replace("[delete]", "[delete, patch]")
    (role,) = escalation(sides(text(DEVELOPER, COUNTING), grown))
    assert role.new.at == ("roles", "counting", 0)
