"""`controlPlane`: settings that are weaker than what hardener sets by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog.kubernetes import ciphers
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.control_plane import Admission, AuditLog, EventRateLimit, Rate, Requests, Rotation
from hardener.rules.durations import seconds
from hardener.source import KeyPath, Source

_LEAST_FILES: Final = 10
_DEFAULT_RANGE: Final = (30000, 32767)
# Nodes are many and ask most, and what a webhook says reaches beyond what the profile grants.
_ASKED_IN_ORDER: Final = ("Node", "RBAC", "Webhook")
# What Kubernetes' own scripts give the API server of more than 3000 nodes (cluster/gce/gci/configure-kubeapiserver.sh).
_MOST_AT_ONCE: Final = {"inflight": 3000, "mutating": 1000}
_OLD_VERSIONS: Final = {"VersionTLS10": "TLS 1.0", "VersionTLS11": "TLS 1.1"}


def weak(source: Source, path: KeyPath, what: str, help: str) -> Problem:
    """A setting that an exception can accept."""
    return source.problem(path, what, help=help, rule="settings.weak")


def audit_records_what_changes(profile: Profile, source: Source) -> Iterator[Problem]:
    """Without what was sent, the record of a change does not say what it was."""
    if profile.control_plane.audit.level == "Metadata":
        path = ("controlPlane", "audit", "level")
        yield weak(source, path, "a change would be recorded without what was sent", "write Request, or leave it out")


def audit_log_is_kept(profile: Profile, source: Source) -> Iterator[Problem]:
    """A log that is gone when it is needed is no log."""
    log, default = profile.control_plane.audit.log, AuditLog()
    kept = (
        ("maxAge", log.max_age, default.max_age, "days"),
        ("maxBackup", log.max_backup, _LEAST_FILES, "files"),
        ("maxSize", log.max_size, default.max_size, "megabytes"),
    )
    for key, value, least, unit in kept:
        if value is not None and value < least:
            what = f"{value} {unit} are fewer than the {least} that are kept by default"
            yield weak(source, ("controlPlane", "audit", "log", key), what, f"write {least} or more, or leave it out")


def encryption_is_not_weaker(profile: Profile, source: Source) -> Iterator[Problem]:
    """From strong to weak: kms, secretbox, aesgcm, aescbc."""
    encryption = profile.control_plane.encryption
    path = ("controlPlane", "encryption")
    if encryption.provider in ("aesgcm", "aescbc"):
        what = f"{encryption.provider} is weaker than secretbox, which is the default"
        yield weak(source, (*path, "provider"), what, "write secretbox or kms")
    if encryption.plaintext:
        what = "what is stored in plain text would still be read, and nobody would notice that it is"
        yield weak(source, (*path, "plaintext"), what, "leave it out as soon as everything has been written anew")
    if not {"secrets", "secrets.", "*.", "*.*"} & set(encryption.resources):
        yield weak(source, (*path, "resources"), "Secrets would not be encrypted", "add secrets")


def nodes_join_without_tokens(profile: Profile, source: Source) -> Iterator[Problem]:
    """A token that leaks gives a stranger a place among the nodes."""
    if profile.control_plane.authentication.bootstrap_tokens:
        yield weak(
            source,
            ("controlPlane", "authentication", "bootstrapTokens"),
            "whoever gets hold of a join token makes a node of whatever machine it likes",
            "leave it out, and let nodes join with a discovery file that has a certificate",
        )


def authorizers_are_asked_in_order(profile: Profile, source: Source) -> Iterator[Problem]:
    """What a webhook allows nobody else is asked about, and one that is down keeps those who come after it waiting."""
    chain = tuple(dict.fromkeys(profile.control_plane.authorization.chain))
    ordered = tuple(kind for kind in _ASKED_IN_ORDER if kind in chain)
    if chain != ordered:
        first = next(kind for kind, due in zip(chain, ordered, strict=True) if kind != due)
        if first == "Webhook":
            what = "what the webhook allows or denies would hold before others are asked, and all would wait for it"
        else:
            what = f"{first} would be asked before {ordered[chain.index(first)]}, which knows what a node may do"
        help = f"write [{', '.join(ordered)}]"
        yield weak(source, ("controlPlane", "authorization", "chain"), what, help)


def answers_are_not_believed_for_long(profile: Profile, source: Source) -> Iterator[Problem]:
    """What a webhook takes back must stop holding."""
    control_plane = profile.control_plane
    believed: list[tuple[KeyPath, str, str]] = []
    if control_plane.authentication.webhook is not None:
        path = ("controlPlane", "authentication", "webhook", "cache")
        believed.append((path, control_plane.authentication.webhook.cache, "2m"))
    if control_plane.authorization.webhook is not None:
        path = ("controlPlane", "authorization", "webhook", "allowedFor")
        believed.append((path, control_plane.authorization.webhook.allowed_for, "5m"))
    yield from _longer(source, believed)


def admission_refuses(profile: Profile, source: Source) -> Iterator[Problem]:
    """Plugins that are on by default stay on."""
    admission, default = profile.control_plane.admission, Admission()
    path = ("controlPlane", "admission")
    if admission.pod_security != default.pod_security:
        what = "in a namespace that the profile does not know, pods could be less than restricted"
        yield weak(source, (*path, "podSecurity"), what, "leave it out, and give the namespace a zone")
    if not admission.always_pull_images:
        what = "a private image on a node could be run by whoever may not pull it"
        yield weak(source, (*path, "alwaysPullImages"), what, "leave it out")
    if not admission.deny_service_external_ips:
        what = "a Service could take over traffic to an address that is somebody else's"
        yield weak(source, (*path, "denyServiceExternalIPs"), what, "leave it out")


def events_are_limited(profile: Profile, source: Source) -> Iterator[Problem]:
    """More events than by default can fill etcd."""
    limits, default = profile.control_plane.admission.event_rate_limit, EventRateLimit()
    rates: tuple[tuple[str, Rate, Rate], ...] = (
        ("namespace", limits.namespace, default.namespace),
        ("user", limits.user, default.user),
    )
    for key, rate, most in rates:
        path = ("controlPlane", "admission", "eventRateLimit", key)
        for name, value, limit in (("qps", rate.qps, most.qps), ("burst", rate.burst, most.burst)):
            if value > limit:
                what = f"{value} events are more than the {limit} that are taken by default"
                yield weak(source, (*path, name), what, f"write {limit} or less, or leave it out")


def tls_is_not_weaker(profile: Profile, source: Source) -> Iterator[Problem]:
    """What is recorded today must not be readable tomorrow."""
    tls = profile.control_plane.tls
    if tls.min_version in _OLD_VERSIONS:
        what = f"{_OLD_VERSIONS[tls.min_version]} is broken"
        yield weak(source, ("controlPlane", "tls", "minVersion"), what, "write VersionTLS12 or VersionTLS13")
    for index, cipher in enumerate(tls.ciphers):
        if cipher in ciphers("insecure"):
            what = f"{cipher} is weak: it is broken, or what was recorded can be read once the key leaks"
            help = "choose suites that begin with TLS_ECDHE and have GCM or CHACHA20 in their names"
            yield weak(source, ("controlPlane", "tls", "ciphers", index), what, help)


def node_ports_stay_in_their_range(profile: Profile, source: Source) -> Iterator[Problem]:
    """Outside of it lie the ports of the hosts themselves."""
    first, last = map(int, profile.control_plane.service_node_port_range.split("-"))
    if first < _DEFAULT_RANGE[0] or last > _DEFAULT_RANGE[1]:
        what = "a Service could open ports on every node that are not for Services: 30000-32767 are"
        yield weak(source, ("controlPlane", "serviceNodePortRange"), what, "choose a part of 30000-32767")


def certificates_and_tokens_end(profile: Profile, source: Source) -> Iterator[Problem]:
    """Neither can be taken back: they can only run out."""
    rotation, default = profile.control_plane.rotation, Rotation()
    path = ("controlPlane", "rotation")
    yield from _longer(
        source,
        [
            ((*path, "certificates"), rotation.certificates, default.certificates),
            ((*path, "tokens"), rotation.tokens, default.tokens),
        ],
    )
    if not rotation.serving_certificates:
        what = "kubelets would serve certificates that nobody can check: whoever stands between reads logs and sessions"
        yield weak(source, (*path, "servingCertificates"), what, "leave it out, and approve the certificates")


def requests_end(profile: Profile, source: Source) -> Iterator[Problem]:
    """A request that takes for ever occupies a place for ever."""
    path, timeout = ("controlPlane", "requests", "timeout"), profile.control_plane.requests.timeout
    yield from _longer(source, [(path, timeout, Requests().timeout)])


def requests_are_limited(profile: Profile, source: Source) -> Iterator[Problem]:
    """An API server that takes on whatever comes can be brought down by whoever asks enough."""
    requests = profile.control_plane.requests
    for key, count in (("inflight", requests.inflight), ("mutating", requests.mutating)):
        most = _MOST_AT_ONCE[key]
        if count > most:
            what = f"{count} at once are more than the {most} that an API server of thousands of nodes takes"
            yield weak(source, ("controlPlane", "requests", key), what, f"write {most} or less, or leave it out")


def _longer(source: Source, asked: list[tuple[KeyPath, str, str]]) -> Iterator[Problem]:
    for path, duration, most in asked:
        if seconds(duration) > seconds(most):
            yield weak(source, path, f"{duration} is longer than {most}, the default", f"write {most} or less")
