"""Namespaces whose Pod Security level lets pass what a control forbids, though the level is carried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog.controls import Control
from hardener.explain.world import World
from hardener.report import Evidence

# What a level lets pass: k8s.io/pod-security-admission, policy/check_*.go. The controls by the names that CIS gives
# them, which those of others stand beside as `same`. Every other control of this measure holds from baseline on.
_RESTRICTED: Final = frozenset({"CIS 5.2.6", "CIS 5.2.7", "CIS 5.2.8", "CIS 5.2.9"})
# Here any level will do: that there is one is what is asked.
_ANY: Final = frozenset({"CIS 5.2.1"})
_MEASURE: Final = "pods.security-level"
_EXCEPTION: Final = "zone.privileged"
_LABEL: Final = "pod-security.kubernetes.io/enforce:"
_SHOWN: Final = 5


def below(control: Control, world: World) -> Iterator[Evidence]:
    """What says, for each zone whose level is too low for a control, which namespaces it has there.

    What an exception accepts is told as such.
    """
    if _MEASURE not in control.measures or _ANY & {control.name, *control.same}:
        return
    needs_most = bool(_RESTRICTED & {control.name, *control.same})
    enough = ("restricted",) if needs_most else ("restricted", "baseline")
    by_zone: dict[tuple[str, str], list[str]] = {}
    for each in world.plan.namespaces:
        if each.zone and each.pod_security.enforce not in enough:
            by_zone.setdefault((each.zone, each.pod_security.enforce), []).append(each.name)
    for (zone, level), namespaces in by_zone.items():
        yield _below(zone, level, namespaces, world)


def _below(zone: str, level: str, namespaces: list[str], world: World) -> Evidence:
    more = f" and {len(namespaces) - _SHOWN} more" if len(namespaces) > _SHOWN else ""
    said = world.said(("zones", zone, "podSecurity"))
    is_accepted = any(
        each.rule == _EXCEPTION and f"zones.{zone}.podSecurity.enforce.".startswith(f"{each.at}.")
        for each in world.profile.exceptions
    )
    file = f"manifests/namespaces/{namespaces[0]}/namespace.yaml"
    text = world.artifacts[file].text
    return Evidence(
        state="accepted" if is_accepted else "missing",
        says=f"the level {level} of zone {zone} lets it pass: {', '.join(namespaces[:_SHOWN])}{more}",
        measure=_MEASURE,
        file=file,
        line=next(number for number, line in enumerate(text.splitlines(), 1) if _LABEL in line),
        decided=(said,),
        who="whoever writes the profile",
    )
