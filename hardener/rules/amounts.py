"""`quotas`, `limits`: resources that are counted, in amounts that Kubernetes takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from hardener.catalog import quota_resources as resources
from hardener.catalog.quantities import LARGEST, Quantity, quantity
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.tenants import Limits
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

Written = Mapping[str, str | int | float]


def quotas_count_what_they_name(profile: Profile, source: Source) -> Iterator[Problem]:
    """The API server takes any name that is well formed, and counts nothing under one that it does not know."""
    for name, amounts in profile.quotas.items():
        for resource in amounts:
            if not resources.known_to_quotas(resource):
                yield source.problem(
                    ("quotas", name, resource),
                    f"a quota counts nothing that is called {resource!r}",
                    help=_quota_help(resource),
                    rule="quota.resource",
                    at_key=True,
                )


def limits_name_what_containers_have(profile: Profile, source: Source) -> Iterator[Problem]:
    """A container asks for processors, memory, disk, huge pages and devices."""
    for path, amounts in _parts(profile):
        for resource in amounts:
            if not resources.known_to_containers(resource):
                yield source.problem(
                    (*path, resource),
                    f"a container has no resource {resource!r}",
                    help=nearest(resource.partition(".")[2] or resource, resources.names_of_containers()),
                    rule="limits.resource",
                    at_key=True,
                )


def amounts_are_amounts(profile: Profile, source: Source) -> Iterator[Problem]:
    """Nothing can be less than nothing, half an object, or half a byte."""
    quotas = ((("quotas", name), amounts) for name, amounts in profile.quotas.items())
    for path, amounts in (*quotas, *_parts(profile)):
        for resource, written in amounts.items():
            if mistake := _mistake(resource, quantity(written)):
                what, help = mistake
                word = "quota" if path[0] == "quotas" else "limits"
                yield source.problem((*path, resource), what, help=help, rule=f"{word}.amount")


def limits_are_in_order(profile: Profile, source: Source) -> Iterator[Problem]:
    """A minimum is at most what is asked for by default, that at most the default limit, that at most the maximum."""
    for name, limits in profile.limits.items():
        written = _written(limits)
        for resource in sorted({resource for part in written.values() for resource in part}):
            given = [(part, quantity(amounts[resource])) for part, amounts in written.items() if resource in amounts]
            for (lower, less), (upper, more) in pairwise(given):
                if less > more:
                    yield source.problem(
                        ("limits", name, lower, resource),
                        f"{less} is more than {upper}, which is {more}",
                        help="Kubernetes asks for min <= defaultRequest <= default <= max",
                        rule="limits.order",
                    )


def devices_are_not_shared(profile: Profile, source: Source) -> Iterator[Problem]:
    """Of huge pages and devices a container gets what it asks for: its request is its limit."""
    for name, limits in profile.limits.items():
        for resource in limits.default_request:
            if resource in resources.names_of_containers() or resource not in limits.default:
                continue
            request, limit = quantity(limits.default_request[resource]), quantity(limits.default[resource])
            if request < limit:
                yield source.problem(
                    ("limits", name, "defaultRequest", resource),
                    f"{resource} cannot be shared, so its request of {request} must equal its limit of {limit}",
                    help="write the same amount twice, or leave defaultRequest out",
                    rule="limits.devices",
                )


def _mistake(resource: str, amount: Quantity) -> tuple[str, str] | None:
    """What is wrong with an amount, and the way out; None where nothing is."""
    if amount.billionths < 0:
        return f"{amount} is less than nothing", "write 0 for none at all"
    if amount.billionths > LARGEST:
        return "Kubernetes cannot count that far", "write at most 8Ei less one, or leave it out for no bound"
    if amount.whole or not (resources.is_bytes(resource) or resources.is_counted(resource)):
        return None
    if resources.is_bytes(resource):
        return f"{amount} ends within a byte: m stands for thousandths", "write Mi for mebibytes, as in 512Mi"
    return f"{resource} is counted in whole numbers", "write a whole number"


def _quota_help(resource: str) -> str:
    device = resource.removeprefix("limits.")
    if not resource.startswith("count/") and resources.known_to_containers(device):
        return f"devices are counted by what is requested of them: requests.{device}"
    return nearest(resource, resources.names_of_quotas())


def _parts(profile: Profile) -> Iterator[tuple[KeyPath, Written]]:
    for name, limits in profile.limits.items():
        for part, amounts in _written(limits).items():
            yield ("limits", name, part), amounts


def _written(limits: Limits) -> dict[str, Written]:
    """The parts of a limits class by their keys, each at most as much as the next."""
    return {
        "min": limits.min,
        "defaultRequest": limits.default_request,
        "default": limits.default,
        "max": limits.max,
    }
