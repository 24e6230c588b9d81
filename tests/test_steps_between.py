"""Between two steps nothing passes that neither side lets pass, and whatever both let pass does."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st

from hardener.compare.sides import Sides
from hardener.compare.steps import Key, Step, network, order
from hardener.compare.steps.order import steps
from hardener.compare.steps.rollout import Rollout, key_of
from hardener.compare.steps.stages import ON_THE_WAY, as_list, stages
from hardener.errors import ProfileError
from tests.comparing import as_folders, of_files, sides
from tests.transitions import Questions, edited, granted, objects, refusals

KINDS = {"NetworkPolicy", "CiliumNetworkPolicy"}
PAIRS = Path(__file__).parent / "pairs"
NEW = sorted(file for file in PAIRS.glob("*-*.yaml") if not file.name.endswith(".old.yaml"))
BASE = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: moving}
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
  apps: {trust: 50}
  cards: {trust: 90, pools: [cards]}
pools: {cards: {}}
roles:
  release: [{resources: [deployments.apps], verbs: [get, patch]}]
  looking: [{resources: [pods], verbs: [get]}]
tenants:
  shop:
    namespaces: {web: {zone: apps}, api: {zone: apps}}
    access:
      - {role: viewer, groups: [shop]}
  pay:
    namespaces: {payments: {zone: cards}}
flows:
  - {from: {namespace: web}, to: {namespace: api}, ports: [8443], reason: shopping}
"""
# Laid over the profile, in this order; lists are continued.
EDITS = (
    "flows: [{from: {namespace: api}, to: {namespace: web}, ports: [9000-9100/TCP]}]",
    "flows: [{from: {namespace: web}, to: {namespace: api}, ports: [9443], reason: shopping}]",
    "flows: [{from: {namespace: api}, to: {namespace: payments}, ports: [8443], reason: paying}]",
    "flows: [{from: {namespace: api, pods: {app: a}}, to: {cidr: 203.0.113.0/24}, ports: [443]}]",
    "zones: {apps: {isolation: namespace}}",
    "zones: {apps: {isolation: tenant}}",
    "zones: {apps: {podSecurity: baseline}}",
    "zones: {apps: {registries: [registry.example.com/a/]}}",
    "zones: {apps: {exposed: true}}",
    "tenants: {shop: {namespaces: {cart: {zone: apps, serviceAccounts: {app: {token: true}}}}}}",
    "tenants: {shop: {namespaces: {api: {zone: cards}}}}",
    "tenants: {shop: {namespaces: {web: {quota: large}}}}",
    "tenants: {shop: {access: [{role: developer, groups: [shop]}]}}",
    "tenants: {shop: {access: [{role: release, groups: [ops, shop]}]}}",
    "tenants: {shop: {access: [{role: release, groups: [bots]}, {role: looking, groups: [bots]}]}}",
    "tenants: {pay: {access: [{role: looking, groups: [shop]}]}}",
    "roles: {release: [{resources: [pods], verbs: [get, delete]}]}",
    "roles: {looking: [{resources: [deployments.apps], verbs: [patch]}]}",
    "access: [{role: looking, groups: [shop]}]",
)


def between(both: Sides, *kinds: str) -> list[dict[str, str]]:
    """The folder after each single object of these kinds, or namespace, but for whatever is no manifest."""
    now, kept = dict(Rollout(both).there), {}
    kept = {path: text for path, text in both.old.files.items() if path not in both.differing}
    found = []
    for step in steps(both):
        for data in step.apply:
            now[key_of(data)] = data
            if data["kind"] in kinds:
                found.append({**kept, ON_THE_WAY: as_list(tuple(now.values()))})
        for key in step.delete:
            now.pop(key)
            if key[0] in kinds:
                found.append({**kept, ON_THE_WAY: as_list(tuple(now.values()))})
    return found


def touched(step: Step) -> list[Key]:
    return [*map(key_of, step.apply), *step.delete]


def touching(space: str, passing: frozenset) -> frozenset:
    return frozenset(each for each in passing if any(end[0] == space for end in each[:2]))


def must_be_between(both: Sides) -> None:
    old, new = (objects(side.files) for side in (both.old, both.new))
    found = steps(both)
    moved = [number for number, step in enumerate(found) if KINDS & {key[0] for key in touched(step)}]
    if moved:
        asked, cluster = Questions((old, new)), both.new.profile.cluster
        before, after = (asked.passing(side.files, cluster) for side in (both.old, both.new))
        for number, folder in enumerate(stages(both, found)):
            if number in moved:
                passing = asked.passing(folder, cluster)
                assert before & after <= passing <= before | after
                for space in objects(folder).namespaces():
                    # A side that does not know a namespace cannot be asked what it lets pass there.
                    said = [ends for ends, known in ((before, old), (after, new)) if space in known.namespaces()]
                    assert touching(space, passing) <= frozenset().union(*said)
    before, after = granted(old), granted(new)
    for folder in between(both, "RoleBinding", "ClusterRoleBinding", "ClusterRole", "Role"):
        held = granted(objects(folder))
        assert before & after <= held <= before | after


def must_refuse_what_both_refuse(both: Sides) -> None:
    written = [objects(side.files) for side in (both.old, both.new)]
    spaces = {each.name for side in written for each in side.of("Namespace")}
    remaining = written[0].namespaces().keys() & written[1].namespaces().keys()
    old, new = (refusals(side, spaces) for side in written)
    for folder in between(both, "Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        now = objects(folder)
        for space, (level, denying) in refusals(now, spaces & now.namespaces().keys()).items():
            sides = old[space], new[space]
            assert any(level >= least and denying >= policies for least, policies in sides), space
            assert level <= max(least for least, _ in sides)
            # In what leaves, or has just come, nothing runs: more may be refused there.
            if space in remaining:
                assert denying <= old[space][1] | new[space][1]


@cache
def of(new: Path) -> Sides:
    old = new.with_suffix(".old.yaml")
    return of_files(old if old.exists() else PAIRS / "plain.yaml", new)


@pytest.mark.parametrize("new", NEW, ids=lambda file: file.stem)
def test_each_file_that_differs_belongs_to_one_step_and_the_last_leaves_the_new_side(new):
    both = of(new)
    found = steps(both)
    assert sorted(file for step in found for file in step.files) == sorted(both.differing)
    files = dict(both.old.files)
    for step in found:
        for file in step.files:
            files.pop(file, None)
            if file in both.new.files:
                files[file] = both.new.files[file]
    assert files == both.new.files
    if not found:
        return
    last = {key_of(each.data, each): each.data for each in objects([*stages(both, found)][-1]).objects}
    assert last == {key_of(each.data, each): each.data for each in objects(both.new.files).objects}
    assert steps(both) == found


@pytest.mark.parametrize("new", NEW, ids=lambda file: file.stem)
def test_pairs_stay_between_their_sides(new):
    both = of(new)
    if both.old.profile.cluster.cni == both.new.profile.cluster.cni:
        must_be_between(both)
        must_refuse_what_both_refuse(both)


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(st.sets(st.sampled_from(EDITS), max_size=5), st.sets(st.sampled_from(EDITS), max_size=5))
@example({EDITS[13]}, {EDITS[14], EDITS[16]})
@example({EDITS[13], EDITS[16]}, {EDITS[14]})
@example({EDITS[6], EDITS[9]}, {EDITS[7], EDITS[10]})
@example({EDITS[0], EDITS[9]}, {EDITS[1], EDITS[2]})
@example({EDITS[18]}, {EDITS[12], EDITS[17]})
def test_any_change_stays_between_its_sides(old, new):
    try:
        both = sides(*(edited(BASE, *(edit for edit in EDITS if edit in chosen)) for chosen in (old, new)))
    except ProfileError:
        assume(False)
    must_be_between(both)
    must_refuse_what_both_refuse(both)
    assert [step.title for step in steps(as_folders(both))] == [step.title for step in steps(both)]


def moving(*edits):
    return sides(BASE, edited(BASE, *edits))


NAIVE = {
    "a role grows before those leave who must not have it": ([EDITS[13]], [EDITS[14], EDITS[16]], must_be_between),
    "a policy lets go of a namespace before another takes it": (
        [EDITS[7]],
        [EDITS[10], EDITS[7]],
        must_refuse_what_both_refuse,
    ),
}


@pytest.mark.parametrize("case", NAIVE)
def test_what_is_applied_file_by_file_is_not_between(case, monkeypatch):
    before, after, must = NAIVE[case]
    both = sides(edited(BASE, *before), edited(BASE, *after))
    must(both)
    monkeypatch.setattr(order, "PHASES", ())
    with pytest.raises(AssertionError):
        must(both)


@pytest.mark.parametrize("ingress", [[{}], []], ids=["open", "closed"])
def test_a_policy_on_the_way_that_is_open_or_closed_is_noticed(ingress, monkeypatch):
    both = moving(EDITS[1])

    def wrong(rollout, key):
        new = rollout.new[key].data
        return {**new, "spec": {**new["spec"], "ingress": ingress}}

    must_be_between(both)
    monkeypatch.setattr(network, "_with_both", wrong)
    with pytest.raises(AssertionError):
        must_be_between(both)


def test_a_namespace_whose_isolation_goes_before_it_does_is_noticed(monkeypatch):
    both = sides(edited(BASE, EDITS[9]), BASE)
    must_be_between(both)
    wrong = Step(title="", why="", delete=(("NetworkPolicy", "cart", "default-deny"),))
    monkeypatch.setattr(order, "PHASES", (network.network, lambda rollout: rollout.step(wrong), *order.PHASES))
    with pytest.raises(AssertionError):
        must_be_between(both)


def test_a_file_that_no_step_has_is_noticed(monkeypatch):
    both = moving(EDITS[0])
    monkeypatch.setattr(order, "_end", lambda *_: Step(title="", why=""))
    assert sorted(file for step in steps(both) for file in step.files) != sorted(both.differing)
