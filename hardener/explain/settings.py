"""A flag of a component, or a field of the kubelet's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from hardener.catalog import Setting, distribution, minor
from hardener.catalog.components import taken
from hardener.catalog.flags_in_files import Field, flags_in_files
from hardener.explain import Explanation, Said, Spot
from hardener.explain.decided import decided, keys_of
from hardener.explain.places import NOBODYS, Here, in_catalogue, places_of_field
from hardener.explain.world import World

_COMPONENTS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet")
_SERVER: Final = "kube-apiserver"
_PLUGINS: Final = "enable-admission-plugins"
ALWAYS: Final = "always so: no key of the profile changes it"


def settings(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """A flag, `--profiling` or `kube-apiserver --profiling`, a field, or an admission plugin."""
    *before, last = what.split() or [""]
    name = last.lstrip("-").partition("=")[0]
    if not name or len(before) > 1 or (before and before[0] not in _COMPONENTS):
        return
    for each in in_catalogue(_SERVER, "plugin"):
        if each.name == name:
            yield _plugin(each, world)
    for component in before or _COMPONENTS:
        for sort in ("flag",) if last.startswith("-") else ("flag", "field"):
            known = [each for each in in_catalogue(component, sort) if each.name == name]
            field = None if sort == "field" else flags_in_files().get((component, name))
            is_flag = bool(world.places.of(component, name))
            if field is not None and not is_flag and (found := _by_field(component, name, field, known, world)):
                yield found
            elif known:
                yield _ours(known, world)
            elif _is_taken(component, sort, name):
                yield _left_alone(component, sort, name)


def of_setting(here: Here, world: World) -> tuple[Said, ...]:
    """The lines of the profile that decide a setting; none for what hardener always sets."""
    return decided(world, here.file, frozenset({here.line}), also=[here.at]) if here.at else ()


def names(_world: World) -> Iterator[str]:
    """What the flags and fields are called."""
    for component in _COMPONENTS:
        yield from (f"--{each.name}" for each in in_catalogue(component, "flag"))
        yield from (each.name for each in in_catalogue(component, "field", "plugin"))


def _ours(known: list[Setting], world: World) -> Explanation:
    """A setting that a measure names; `known` are its entries, for the versions that each is for."""
    setting = known[0]
    found = world.places.of(setting.component, setting.name)
    said = of_setting(found[0], world) if found else ()
    measures = tuple(dict.fromkeys(each.measure for each in found or known))
    return Explanation(
        sort=f"a {setting.sort} of {setting.component}",
        title=_title(setting.component, setting.sort, setting.name),
        says=(ALWAYS,) if found and not said else () if found else (_why_not(known, world),),
        decided=said,
        keys=keys_of(world, said),
        measures=measures,
        controls=world.controls(measures, setting.name),
        spots=tuple(Spot(file=each.file, line=each.line) for each in found),
        promises=("settings",),
    )


def _by_field(component: str, flag: str, field: Field, known: list[Setting], world: World) -> Explanation | None:
    """A flag for which a field of a file is set; None if no file has it."""
    spots = places_of_field(field, world)
    if not spots:
        return None
    own = [each for each in in_catalogue(component, "field") if each.name == field.name]
    found = _ours(own, world) if own else _ours(known, world)
    first, more = spots[0], len(spots) - 1
    others = f", and in {more} more file{'s' if more > 1 else ''}" if more else ""
    says = f"set as {field.name} in {first.file}:{first.line}{others}"
    found = replace(found, sort=f"a flag of {component}", title=_title(component, "flag", flag), spots=tuple(spots))
    if own:
        return replace(found, says=(says, *found.says))
    said = decided(world, first.file, frozenset({first.line}))
    return replace(found, says=(says,), decided=said, keys=keys_of(world, said))


def _plugin(setting: Setting, world: World) -> Explanation:
    """An admission plugin: one word of the flag that switches plugins on."""
    flags = world.plan.settings.api_server if world.plan.settings is not None else ()
    is_on = any(each.name == _PLUGINS and setting.name in each.value.split(",") for each in flags)
    found = world.places.of(_SERVER, _PLUGINS) if is_on else []
    said = of_setting(found[0], world) if found else ()
    return Explanation(
        sort=f"an admission plugin of {_SERVER}",
        title=setting.name,
        says=() if found else (_why_not([setting], world),),
        decided=said,
        keys=keys_of(world, said),
        measures=(setting.measure,),
        controls=world.controls([setting.measure], setting.name),
        spots=tuple(Spot(file=each.file, line=each.line) for each in found),
        promises=("settings",),
    )


def _why_not(known: list[Setting], world: World) -> str:
    at = minor(world.profile.cluster.kubernetes)
    if any(at in each.span for each in known):
        return f"not set here: {_who_does(known[0], world)}"
    spans = " and ".join(f"1.{each.span.since} to 1.{each.span.until}" for each in known)
    return f"not set here: hardener sets it for Kubernetes {spans}, and the cluster is of 1.{at}"


def _who_does(setting: Setting, world: World) -> str:
    """Why a setting of the cluster's version is not there."""
    runs = distribution(world.profile.cluster.distribution)
    if setting.component != "kubelet" and runs.control_plane == "provider":
        return f"{runs.title} runs the control plane, and its provider sees to it"
    if setting.name in runs.own.get(setting.component, ()) or setting.file or setting.name in NOBODYS:
        return f"{runs.title} sets it itself"
    return "nothing that is carried out of the profile needs it"


def _left_alone(component: str, sort: str, name: str) -> Explanation:
    says = "hardener does not set this: no measure needs it, and what the component does by itself holds"
    return Explanation(sort=f"a {sort} of {component}", title=_title(component, sort, name), says=(says,))


def _title(component: str, sort: str, name: str) -> str:
    return f"{component} --{name}" if sort == "flag" else f"{component} {name}"


def _is_taken(component: str, sort: str, name: str) -> bool:
    """Is it something that Kubernetes' components take at some version?"""
    if component == "etcd" or (sort == "field" and component != "kubelet"):
        return False
    return name in taken("fields" if sort == "field" else component)
