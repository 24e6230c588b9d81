"""Amounts that are larger or smaller: which way each goes, where they are told together, and what a folder may hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardener.compare.quotas import quotas
from hardener.compare.sides import Side, Sides
from hardener.verify.objects import NotUnderstoodError
from tests.comparing import folder, of_files, sides
from tests.test_pairs import FOLDER
from tests.verifying import Files, add, change, edit, rendered

PLAIN = (FOLDER / "plain.yaml").read_text()
PATH = "manifests/namespaces/web/quotas.yaml"
MORE = """
apiVersion: v1
kind: %s
metadata: {name: more, namespace: web}
spec: %s
"""


def broken(*breaks: Callable[[Files], None]) -> Side:
    """The plain output, which somebody changed."""
    files, _ = rendered(PLAIN)
    for each in breaks:
        each(files)
    return folder(files)


def said(old: Side, new: Side) -> list[str]:
    return [f"{each.direction}: {each.message}" for each in quotas(Sides(old, new))]


def limits(field: str, value: str) -> Callable[[Files], None]:
    return change(PATH, "LimitRange", "hardener", lambda object: object["spec"]["limits"][0][field].update(cpu=value))


# What a container gets that names nothing is more for it, and fewer of them fit: both ways.
FIELDS = {
    "max": ("4", "a container in web may have at most 4 cpu instead of 2", ["weaker"], ["stronger"]),
    "min": ("2m", "a container in web must ask for at least 2m cpu instead of 1m", ["stronger"], ["weaker"]),
    "default": ("3", "a container in web that names no limit may take 3 cpu instead of 2", ["weaker"], ["stronger"]),
    "defaultRequest": (
        "60m",
        "a container in web that asks for nothing is given 60m cpu instead of 50m",
        ["weaker", "stronger"],
        ["stronger", "weaker"],
    ),
}


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_goes_its_own_way(field: str) -> None:
    value, message, there, back = FIELDS[field]
    old, new = broken(), broken(limits(field, value))
    found = list(quotas(Sides(old, new)))
    assert (found[0].message, [each.direction for each in found]) == (message, there)
    assert [each.direction for each in quotas(Sides(new, old))] == back
    assert found[0].measures == ("quotas.limits",)


def test_what_a_container_is_given_goes_one_way_where_no_quota_counts_it() -> None:
    def uncounted(files: Files) -> None:
        for amount in ('    requests.cpu: "2"\n', '    requests.memory: "4Gi"\n'):
            edit(PATH, amount, "")(files)

    given = "weaker: a container in web that asks for nothing is given 60m cpu instead of 50m"
    assert said(broken(uncounted), broken(uncounted, limits("defaultRequest", "60m"))) == [given]
    counted_later = said(broken(uncounted), broken(limits("defaultRequest", "60m")))
    assert counted_later == [
        "stronger: web may take 2 cpu instead of any amount and 4Gi memory instead of any amount",
        given,
    ]


def test_no_bound_is_more_than_any() -> None:
    def unbound(files: Files) -> None:
        edit(PATH, '    pods: "20"\n', "")(files)

    assert said(broken(), broken(unbound)) == ["weaker: web may take any amount of pods instead of 20"]
    assert said(broken(unbound), broken()) == ["stronger: web may take 20 pods instead of any amount"]


def test_a_namespace_without_a_quota_may_take_anything() -> None:
    def gone(files: Files) -> None:
        del files[PATH]

    quota, limit = quotas(Sides(broken(), broken(gone)))
    assert {quota.direction, limit.direction} == {"weaker"}
    assert quota.message == "web may take any amount of cpu instead of 2, any amount of memory instead of 4Gi, " + (
        "any amount of pods instead of 20 and 12 more"
    )
    assert len(quota.details) == 15
    assert (quota.new.file, quota.old.file, quota.old.object) == ("", PATH, "ResourceQuota web/hardener")


def test_of_two_quotas_each_holds() -> None:
    more = broken(add(PATH, MORE % ("ResourceQuota", "{hard: {pods: 30, requests.cpu: 1500m}}")))
    assert said(broken(), more) == ["stronger: web may take 1500m cpu instead of 2"]


def test_amounts_are_compared_by_value() -> None:
    assert said(broken(), broken(edit(PATH, '"4Gi"', '"4096Mi"'), edit(PATH, 'pods: "20"', 'pods: "0.02k"'))) == []


def test_what_nobody_understands_is_said_where_it_is_new() -> None:
    scoped = add(PATH, MORE % ("ResourceQuota", "{hard: {pods: 1}, scopes: [BestEffort]}"))
    two = add(PATH, MORE % ("LimitRange", "{limits: [{type: Container}]}"))
    several = change(
        PATH, "LimitRange", "hardener", lambda object: object["spec"]["limits"].append({"type": "Container"})
    )
    for break_, what in ((scoped, "scopes"), (two, "several"), (several, "2 items")):
        with pytest.raises(NotUnderstoodError, match=what):
            list(quotas(Sides(broken(), broken(break_))))
    elsewhere = edit("manifests/namespaces/api/quotas.yaml", 'pods: "20"', 'pods: "21"')
    assert said(broken(scoped), broken(scoped, elsewhere)) == ["weaker: api may take 21 pods instead of 20"]


def test_places_are_those_that_decide() -> None:
    def place(name: str, old: str = "") -> set[object]:
        both = of_files(FOLDER / (old or "plain.yaml"), FOLDER / f"{name}.yaml")
        return {each.new.at for each in quotas(both) if each.new}

    assert place("quotas-class") == {
        ("tenants", "shop", "namespaces", "api", "quota"),
        ("tenants", "shop", "namespaces", "api", "limits"),
    }
    assert place("quotas-own-class", "quotas-own-class.old.yaml") == {("quotas", "batch"), ("limits", "batch")}
    assert place("quotas-exposed") == {("zones", "apps", "exposed")}


def test_many_namespaces_are_counted_and_then_named() -> None:
    spaces = "\n".join(f"      a{number}: {{zone: apps}}" for number in range(6))
    text = PLAIN.replace("      api: {zone: apps}", f"      api: {{zone: apps}}\n{spaces}")
    new = (
        text.replace("trust: 50", "trust: 50, quota: big") + "quotas: {big: {requests.cpu: 3, requests.memory: 4Gi}}\n"
    )
    first = next(each for each in quotas(sides(text, new)) if "3 cpu" in each.message)
    assert first.message.startswith("a0, a1, a2 and 5 more may take 3 cpu instead of 2")
    assert first.details[-1] == "a0, a1, a2, a3, a4, a5, api, web"
