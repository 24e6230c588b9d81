"""Namespaces themselves, and what of a folder is applied."""

from __future__ import annotations

from collections.abc import Callable

from hardener.compare.namespaces import namespaces
from hardener.compare.sides import Side, Sides
from tests.comparing import folder, of_files, sides
from tests.test_pairs import FOLDER
from tests.verifying import Files, edit, rendered

PLAIN = (FOLDER / "plain.yaml").read_text()
LIST = "manifests/kustomization.yaml"
REASON = "what is not applied as it stands does not hold"


def broken(*breaks: Callable[[Files], None]) -> Side:
    files, _ = rendered(PLAIN)
    for each in breaks:
        each(files)
    return folder(files)


def said(old: Side, new: Side) -> list[str]:
    return [f"{each.direction}: {each.message}" for each in namespaces(Sides(old, new))]


def test_what_is_not_applied_is_weaker() -> None:
    left_out = broken(edit(LIST, "  - namespaces/web/network.yaml\n", ""))
    (change,) = namespaces(Sides(broken(), left_out))
    assert change.direction == "weaker"
    assert change.message == "manifests/namespaces/web/network.yaml is not listed: it is not applied"
    assert (change.reason, change.new.file, change.old) == (REASON, LIST, None)
    (back,) = namespaces(Sides(left_out, broken()))
    assert (back.direction, back.message) == ("stronger", f"no longer so: {change.message}")


def test_the_order_of_what_is_applied_is_nothing() -> None:
    network = "  - namespaces/web/network.yaml\n"
    assert said(broken(), broken(edit(LIST, network, ""), edit(LIST, "resources:\n", f"resources:\n{network}"))) == []


def test_what_changes_what_is_applied_is_weaker_once() -> None:
    patched = edit(LIST, "resources:\n", "namePrefix: a-\nresources:\n")
    assert said(broken(), broken(patched)) == [
        "weaker: namePrefix changes what is applied in ways that nobody here follows"
    ]
    elsewhere = edit("manifests/namespaces/web/quotas.yaml", 'pods: "20"', 'pods: "10"')
    assert said(broken(patched), broken(patched, elsewhere)) == []


def test_a_file_that_nobody_knows_is_weaker() -> None:
    def script(files: Files) -> None:
        files["manifests/apply.sh"] = "rm"

    (line,) = said(broken(), broken(script))
    assert line.startswith("weaker: nobody knows what this file is for")


def test_namespaces_of_a_tenant_are_told_together_by_their_zones() -> None:
    more = "\n".join(f"      n{number}: {{zone: {'apps' if number else 'cards'}}}" for number in range(6))
    new = PLAIN.replace("      api: {zone: apps}", f"      api: {{zone: apps}}\n{more}")
    found = list(namespaces(sides(PLAIN, new)))
    assert [each.message for each in found] == [
        "namespace n0, of tenant shop in zone cards, is new",
        "namespaces n1, n2, n3 and 2 more, of tenant shop in zone apps, are new",
    ]
    assert found[1].details == ("n1", "n2", "n3", "n4", "n5")
    assert found[1].new.at == ("tenants", "shop", "namespaces", "n1")
    back = list(namespaces(sides(new, PLAIN)))
    assert [each.message for each in back] == [each.message.replace("new", "gone") for each in found]
    assert {each.direction for each in (*found, *back)} == {"neither"}


def test_another_tenant_is_told_and_what_pods_are_judged_by_is_not() -> None:
    two = "payments: {zone: cards}\n      api: {zone: apps}"
    moved = PLAIN.replace("      api: {zone: apps}\n", "").replace("payments: {zone: cards}", two)
    assert [each.message for each in namespaces(sides(PLAIN, moved))] == [
        "namespace api belongs to tenant pay instead of shop"
    ]
    privileged = PLAIN.replace("trust: 50", "trust: 50, podSecurity: baseline")
    assert list(namespaces(sides(PLAIN, privileged))) == []


def test_labels_are_told_by_what_they_become() -> None:
    both = of_files(FOLDER / "namespaces-move.yaml", FOLDER / "plain.yaml")
    assert [each.message for each in namespaces(both)] == [
        "namespace web belongs to zone apps instead of cards",
        "labels of namespace web change: no team",
        "annotations of namespace web change: no example.com/pager",
    ]


def test_a_namespace_of_the_system_is_there_anyway() -> None:
    new = PLAIN.replace("  cni: calico\n", "  cni: calico\n  systemNamespaces: [kube-system, calico-system]\n")
    assert [each.message for each in namespaces(sides(PLAIN, new))] == [
        "namespace calico-system is among what is applied"
    ]
    assert [each.message for each in namespaces(sides(new, PLAIN))] == [
        "namespace calico-system is no longer among what is applied"
    ]
