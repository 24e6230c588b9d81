"""`zones`: what they ask of a pod can be asked, and a pod can meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.catalog import minor, pod_security, supported
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.addresses import RangeError, block
from hardener.profile.zones import Exposed, Level, PodSecurity, Zone
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

# From the least strict to the strictest.
_LEVELS: Final = ("privileged", "baseline", "restricted")
# check_seLinuxOptions.go in k8s.io/pod-security-admission: the types that baseline allows, and since when.
_SE_LINUX_TYPES: Final = (
    ("container_t", "1.24"),
    ("container_init_t", "1.24"),
    ("container_kvm_t", "1.24"),
    ("container_engine_t", "1.31"),
)

# How the name of an image can begin, from its registry on, with part of a tag or a digest if need be (the grammar is
# in reference.go of github.com/distribution/reference; there a registry may be written in capitals, and nobody does).
_IMAGES: Final = (
    r"(\[[0-9a-f:.]+\]|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)(:[0-9]+)?"
    r"(/[a-z0-9][-a-z0-9._]*)*(/|:[A-Za-z0-9_][-A-Za-z0-9_.]*)?(@[A-Za-z0-9+._:-]*)?"
)


def pools_of_zones_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A zone's pods run on pools that the profile defines, each named once."""
    for name, zone in profile.zones.items():
        for index, pool in enumerate(zone.pools):
            path = ("zones", name, "pools", index)
            if pool not in profile.pools:
                help = nearest(pool, profile.pools)
                yield source.problem(path, f"no pool is called {pool!r}", help=help, rule="pool.unknown")
            if pool in zone.pools[:index]:
                help = "keep one of the two"
                yield source.problem(path, f"pool {pool!r} is named twice", help=help, rule="zone.pool-twice")


def zones_are_not_privileged(profile: Profile, source: Source) -> Iterator[Problem]:
    """At this level a pod may become its node."""
    for name, zone in profile.zones.items():
        enforce, path = _enforced(name, zone)
        if enforce == "privileged":
            yield source.problem(
                path,
                "at the level privileged a pod may do to its node whatever it likes",
                help="keep such pods in a namespace of the system, or accept it: "
                f"an exception for zone.privileged at {'.'.join(map(str, path))}",
                rule="zone.privileged",
            )


def audit_and_warn_hear_of_what_is_refused(profile: Profile, source: Source) -> Iterator[Problem]:
    """Enforce looks at pods alone; that a Deployment's pods will be refused is for audit and warn to say."""
    for name, zone in profile.zones.items():
        if isinstance(modes := zone.pod_security, PodSecurity):
            for mode, level in (("audit", modes.audit), ("warn", modes.warn)):
                if level is not None and _LEVELS.index(level) < _LEVELS.index(modes.enforce):
                    yield source.problem(
                        ("zones", name, "podSecurity", mode),
                        f"{level} is laxer than what is enforced, {modes.enforce}: "
                        f"that a Deployment's pods will be refused would go unsaid",
                        help=f"leave {mode} out, or write {modes.enforce}",
                        rule="zone.pod-security-laxer",
                    )


def pod_security_is_as_new_as_the_cluster(profile: Profile, source: Source) -> Iterator[Problem]:
    """A level that stays at an older version stays as it is, whatever Kubernetes comes to refuse."""
    known = supported()
    cluster = profile.cluster.kubernetes
    for name, zone in profile.zones.items():
        modes = zone.pod_security
        if not isinstance(modes, PodSecurity):
            continue
        version = modes.version
        if version in known and cluster in known and known.index(version) < known.index(cluster):
            path = ("zones", name, "podSecurity", "version")
            refuses = pod_security.refuses_more(cluster, version) and modes.enforce != _LEVELS[0]
            yield source.problem(
                path,
                f"the level of {version} lets pods pass that the level of {cluster} refuses"
                if refuses
                else f"the level stays that of {version}: what newer versions come to refuse, it lets pass",
                help=f"leave it out, or accept it: an exception for settings.weak at {'.'.join(path)}",
                rule="settings.weak",
            )


def pod_security_is_pinned_to_what_the_cluster_knows(profile: Profile, source: Source) -> Iterator[Problem]:
    """A version that the cluster does not know is taken for its newest, and changes with the cluster."""
    known = supported()
    cluster = profile.cluster.kubernetes
    for name, zone in profile.zones.items():
        version = zone.pod_security.version if isinstance(zone.pod_security, PodSecurity) else None
        if version is None or cluster not in known or version in known[: known.index(cluster) + 1]:
            continue
        if version in known:
            what = f"the cluster is older, {cluster}: it would take {version} for its own version until it is upgraded"
        else:
            what = f"hardener knows the Pod Security levels of {known[0]} to {cluster}, and not {version!r}"
        yield source.problem(
            ("zones", name, "podSecurity", "version"),
            what,
            help=f'leave it out for the cluster\'s own, or write a version up to "{cluster}"',
            rule="zone.pod-security-version",
        )


def capabilities_can_be_added(profile: Profile, source: Source) -> Iterator[Problem]:
    """What the level refuses a zone cannot grant."""
    for name, zone in profile.zones.items():
        level, _ = _enforced(name, zone)
        for index, capability in enumerate(zone.capabilities or ()):
            path = ("zones", name, "capabilities", index)
            if capability not in pod_security.capabilities():
                what = f"Linux has no capability {capability!r}"
                help = nearest(capability.removeprefix("CAP_"), pod_security.capabilities())
                yield source.problem(path, what, help=help, rule="zone.capability-unknown")
            elif capability not in pod_security.addable(level):
                what = f"a pod that adds {capability} is refused by the level {level}"
                help = f"{level} allows: {', '.join(pod_security.addable(level))}"
                yield source.problem(path, what, help=help, rule="zone.capability")


def seccomp_profiles_lie_in_their_folder(profile: Profile, source: Source) -> Iterator[Problem]:
    """The kubelet looks for a seccomp profile below a folder of its own, and Kubernetes refuses a way out of it."""
    for name, zone in profile.zones.items():
        if zone.seccomp is not None and ".." in zone.seccomp.split("/"):
            yield source.problem(
                ("zones", name, "seccomp"),
                "this leads out of the folder that a node keeps its seccomp profiles in",
                help="write the name below that folder, as in Localhost/profiles/web.json",
                rule="zone.seccomp",
            )


def se_linux_options_can_be_met(profile: Profile, source: Source) -> Iterator[Problem]:
    """Options that the level refuses would refuse every pod."""
    allowed = [kind for kind, since in _SE_LINUX_TYPES if minor(since) <= minor(profile.cluster.kubernetes)]
    for name, zone in profile.zones.items():
        if zone.se_linux is None:
            continue
        level, _ = _enforced(name, zone)
        kind = zone.se_linux.type
        if kind is None and zone.se_linux.level is None:
            help = "name a type or a level, or leave seLinux out"
            what = "this asks for no SELinux option"
            yield source.problem(("zones", name, "seLinux"), what, help=help, rule="zone.se-linux", at_key=True)
        elif kind is not None and level != "privileged" and kind not in allowed:
            what = f"a pod of the SELinux type {kind} is refused by the level {level}, and any other by this zone"
            help = f"{level} allows: {', '.join(allowed)}"
            yield source.problem(("zones", name, "seLinux", "type"), what, help=help, rule="zone.se-linux")


def registries_end_where_a_name_ends(profile: Profile, source: Source) -> Iterator[Problem]:
    """`registry.example.com` is also the beginning of `registry.example.com.evil.example/image`."""
    for name, zone in profile.zones.items():
        for index, registry in enumerate(zone.registries):
            path = ("zones", name, "registries", index)
            if "/" not in registry:
                what = f"{registry!r} is the beginning of other registries' names as well"
                help = f"end the registry's name with a slash: {registry}/"
                yield source.problem(path, what, help=help, rule="zone.registry")
            elif not re.fullmatch(_IMAGES, registry):
                what = f"no image's name begins with {registry!r}, so nothing could run"
                help = "write how the names begin, in small letters and without patterns: registry.example.com/shop/"
                yield source.problem(path, what, help=help, rule="zone.registry")


def sources_leave_somebody_out(profile: Profile, source: Source) -> Iterator[Problem]:
    """What a load balancer lets in are ranges, written as Kubernetes reads them, and not everybody."""
    for name, zone in profile.zones.items():
        for number, text in enumerate(zone.exposed.sources if isinstance(zone.exposed, Exposed) else ()):
            path = ("zones", name, "exposed", "sources", number)
            try:
                found = block(text)
            except RangeError as error:
                yield source.problem(path, str(error), help=error.help, rule="zone.sources")
                continue
            if found.length == 0:
                help = "write exposed: true, if everybody is meant"
                yield source.problem(path, f"{text} leaves nobody out", help=help, rule="zone.sources")


def signers_are_somebody(profile: Profile, source: Source) -> Iterator[Problem]:
    """A signer is a public key, or an identity together with the issuer who vouches for it."""
    for name, zone in profile.zones.items():
        for index, signer in enumerate(zone.signers):
            keyless = (signer.issuer is not None, signer.identity is not None)
            if (signer.public_key is not None) == any(keyless) or any(keyless) != all(keyless):
                yield source.problem(
                    ("zones", name, "signers", index),
                    "a signer is either a publicKey, or an issuer and an identity",
                    help="write {publicKey: NAME}, or {issuer: URL, identity: NAME}",
                    rule="zone.signer",
                )


def _enforced(name: str, zone: Zone) -> tuple[Level, KeyPath]:
    """The level that a zone enforces, and where it says so."""
    path = ("zones", name, "podSecurity")
    if isinstance(zone.pod_security, PodSecurity):
        return zone.pod_security.enforce, (*path, "enforce")
    return zone.pod_security, path
