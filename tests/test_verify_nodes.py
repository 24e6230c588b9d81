"""Where pods can run: the scheduler's rules against a second telling of them, and placements that somebody weakened."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.verify.nodes.places import ways_home
from hardener.verify.nodes.pools import Pool, Taint, pools
from hardener.verify.nodes.scheduler import is_protected, runs_on, tolerates
from hardener.verify.written import read
from tests import scheduling
from tests.rendering import written
from tests.test_placement import BODY, POOLS, TOLERATIONS
from tests.verifying import rendered

_PROFILE = written(BODY)
_ZONE = "zone.node-restriction.kubernetes.io/cards"


@cache
def own(name: str) -> Pool:
    files, _ = rendered(_PROFILE)
    return next(each for each in pools(read(files)[0]) if each.name == name)


def test_pools_are_read_as_their_files_say():
    assert own("cards") == Pool(
        "cards",
        {"node-restriction.kubernetes.io/pool": "cards", _ZONE: "true"},
        (Taint("example.com/own", "cards", "NoSchedule"), Taint("example.com/pci", "", "NoSchedule")),
    )
    assert own("shared").taints == ()


def test_a_flag_counts_more_than_a_file_and_labels_may_come_from_one():
    files, _ = rendered(_PROFILE)
    files["nodes/cards/kubelet.flags"] += "--register-with-taints=a=b:NoExecute,c:NoSchedule\n--node-labels=x=y\n"
    (found,) = (each for each in pools(read(files)[0]) if each.name == "cards")

    assert found.taints == (Taint("a", "b", "NoExecute"), Taint("c", "", "NoSchedule"))
    assert found.labels["x"] == "y"


@cache
def registered(pool: str) -> scheduling.Node:
    return scheduling.registered(rendered(_PROFILE)[0], pool)


PODS = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": st.dictionaries(
            st.sampled_from(["node-restriction.kubernetes.io/pool", _ZONE]),
            st.sampled_from(["true", "false", *POOLS]),
            max_size=2,
        ),
        "tolerations": st.lists(TOLERATIONS, max_size=4),
    },
)


@given(PODS, st.sampled_from(POOLS), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_pod_runs_where_a_second_telling_of_the_rules_says(spec: dict[str, Any], pool: str, named: bool):
    node = registered(pool)
    spec = {**spec, "nodeName": node.name} if named else spec

    assert (runs_on(spec, [own(pool)]) == {pool}) == scheduling.runs(spec, node)


NODE = Pool("a", {"node-restriction.kubernetes.io/pool": "a", "node-restriction.kubernetes.io/size": "4"}, ())
_POOL, _SIZE = "node-restriction.kubernetes.io/pool", "node-restriction.kubernetes.io/size"


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    wanted = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"affinity": {"nodeAffinity": wanted}}


def asked(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("spec", "runs"),
    [
        (required(asked(_POOL, "In", "a", "b")), True),
        (required(asked(_POOL, "In", "b")), False),
        (required(asked(_POOL, "In", "b"), asked(_POOL, "In", "a")), True),
        (required(asked(_POOL, "NotIn", "a")), False),
        (required(asked(_POOL, "NotIn", "b")), True),
        (required(asked("zone.node-restriction.kubernetes.io/x", "NotIn", "b")), True),
        (required(asked(_POOL, "Exists")), True),
        (required(asked("zone.node-restriction.kubernetes.io/x", "Exists")), False),
        (required(asked(_POOL, "DoesNotExist")), False),
        (required(asked("zone.node-restriction.kubernetes.io/x", "DoesNotExist")), True),
        (required(asked(_SIZE, "Gt", "3")), True),
        (required(asked(_SIZE, "Gt", "4")), False),
        (required(asked(_SIZE, "Lt", "5")), True),
        (required(asked(_SIZE, "Lt", "4")), False),
        (required(asked(_SIZE, "Lt", "5", "6")), False),
        (required(asked(_POOL, "Gt", "3")), False),
        (required(asked(_POOL, "Near", "a")), False),
        (required({}), False),
        (required(), False),
        (required({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}), True),
        (required({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n", "m"]}]}), False),
        (required({"matchFields": [{"key": "spec.x", "operator": "In", "values": ["n"]}]}), False),
        (required(asked("disk", "In", "fast")), True),  # nobody here knows
        (required(asked("disk", "Exists")), True),
        (required(asked("disk", "Gt", "1")), True),
        ({"nodeSelector": {"disk": "fast"}}, True),
        ({"nodeSelector": {"node-restriction.kubernetes.io/disk": "fast"}}, False),
    ],
)
def test_affinity(spec: dict[str, Any], runs: bool):
    assert bool(runs_on(spec, [NODE])) is runs


def test_a_node_can_lure_what_only_labels_of_its_own_keep_away():
    pool = Pool("edge", {"tier": "web", _POOL: "edge"}, (Taint("a", "b", "NoExecute"),))

    assert runs_on({"nodeSelector": {"tier": "cards"}}, [pool]) == set()
    assert runs_on({"nodeSelector": {"tier": "cards"}}, [pool], lured=True) == {"edge"}
    assert runs_on({"nodeSelector": {_POOL: "cards"}}, [pool], lured=True) == set()


def test_what_compares_numbers_tolerates_nothing():
    assert not tolerates({"key": "a", "operator": "Gt", "value": "1"}, Taint("a", "2", "NoExecute"))
    assert tolerates({"operator": "Exists"}, Taint("a", "2", "NoExecute"))


def test_labels_without_a_prefix_are_anybodys():
    assert [is_protected(key) for key in ("a", "x.com/a", "node-restriction.kubernetes.io/a")] == [False, False, True]


def test_who_has_no_pool_has_no_way_but_silence():
    assert list(ways_home([NODE], frozenset(["b"]))) == [{}]
