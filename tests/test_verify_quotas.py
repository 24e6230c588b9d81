"""What namespaces may take: equal amounts are no finding however they are written, and any other amount is one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.catalog.quantities import quantity
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.quotas import quotas
from hardener.verify.written import read
from tests.verifying import objects, rendered, store

_FILE = "manifests/namespaces/payments/quotas.yaml"


def found(files: dict[str, str], profile: Any) -> list[str]:
    try:
        return [each.message for each in quotas(read(files)[0], profile)]
    except NotUnderstoodError as error:
        return [error.finding.message]


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_nothing_is_wrong_with_what_is_rendered(name: str):
    assert found(*rendered(name)) == []


@pytest.mark.parametrize(
    ("resource", "written"),
    [("requests.cpu", "64000m"), ("requests.cpu", 64), ("requests.memory", "137438953472"), ("pods", "0.2k")],
)
def test_an_equal_amount_is_no_finding(resource: str, written: Any):
    files, profile = rendered("shop-prod")
    quota, limits = objects(files, _FILE)
    quota["spec"]["hard"][resource] = written
    store(files, _FILE, [quota, limits])

    assert found(files, profile) == []


def test_what_the_server_fills_in_may_be_left_out():
    files, profile = rendered("shop-prod")
    quota, limits = objects(files, _FILE)
    del limits["spec"]["limits"][0]["default"]
    store(files, _FILE, [quota, limits])

    assert found(files, profile) == []


AMOUNTS = st.sampled_from(["0", "1", "500m", "2", "16Gi", "16G", "1Ti", "200", "64", "256Mi", "128Mi"])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_other_amount_is_a_finding(data: st.DataObject):
    files, profile = rendered("shop-prod")
    quota, limits = objects(files, _FILE)
    (container,) = limits["spec"]["limits"]
    places = {"hard": quota["spec"]["hard"], **{name: container[name] for name in ("default", "defaultRequest", "max")}}
    name = data.draw(st.sampled_from(sorted(places)))
    resource = data.draw(st.sampled_from(sorted(places[name])))
    amount = data.draw(AMOUNTS)
    before = places[name][resource]
    places[name][resource] = amount
    store(files, _FILE, yaml.safe_load(yaml.safe_dump([quota, limits])))

    assert bool(found(files, profile)) == (quantity(before) != quantity(amount))
