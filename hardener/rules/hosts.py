"""`tenants.*.hosts`: a host name belongs to one tenant."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.source import Source


def hosts_have_one_owner(profile: Profile, source: Source) -> Iterator[Problem]:
    """Of a name that two tenants have, or that lies below another's star, either could take what is the other's."""
    owners: dict[str, str] = {}
    for owner, tenant in profile.tenants.items():
        for number, host in enumerate(tenant.hosts):
            other = next((known for known in _like(host, owners) if owners[known] != owner), None)
            if other is not None:
                yield source.problem(
                    ("tenants", owner, "hosts", number),
                    f"{host} overlaps with {other}, which belongs to tenant {owners[other]!r} already",
                    help="a host has one owner: keep one of the two, or name what lies below the star one by one",
                    rule="tenant.hosts-overlap",
                )
        owners |= dict.fromkeys(tenant.hosts, owner)


def _like(host: str, known: dict[str, str]) -> Iterator[str]:
    """What of the known names is the same, lies above a name with a star, or below one.

    Names above are looked up; only a name with a star, of which there are few, is compared with all.
    """
    name = host.removeprefix("*.")
    if host in known:
        yield host
    above = name if host.startswith("*.") else name.partition(".")[2]
    while above:
        if f"*.{above}" in known:
            yield f"*.{above}"
        above = above.partition(".")[2]
    if host.startswith("*."):
        yield from (each for each in known if each.endswith(f".{name}"))
