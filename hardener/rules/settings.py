"""`controlPlane`: settings that contradict each other, or with which a component would not start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution, minor
from hardener.catalog.kubernetes import ciphers
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.authentication import Remote
from hardener.rules.durations import LONGEST, seconds
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

_ROOT: Final = "controlPlane"
# Go's HTTP/2 server refuses to start without one of these, unless nothing older than TLS 1.3 is spoken.
_NEEDED: Final = frozenset({"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"})
# ValidateWebhookConfiguration in k8s.io/apiserver. The flags that stand in for that file before 1.30
# have no timeout: the API server waits for as long as its defaultRequestTimeout (util/webhook), which is the same.
_LONGEST_ANSWER: Final = "30s"
_FILE_SINCE: Final = 30
# What an admission webhook may take by default (timeoutSeconds), for which the request waits.
_LEAST_REQUEST: Final = "10s"
# Every node and every controller asks all the time: an eighth of Kubernetes' own 400 and 200. One request at a time,
# which Kubernetes takes, is an API server that answers nobody.
_LEAST_AT_ONCE: Final = {"inflight": 50, "mutating": 25}
# Options of the API server: the least that --service-account-max-token-expiration takes.
_LEAST_LIFE: Final = "1h"


def authorizers_are_who_decides(profile: Profile, source: Source) -> Iterator[Problem]:
    """Nodes and people are judged by authorizers that know them."""
    authorization = profile.control_plane.authorization
    path: KeyPath = (_ROOT, "authorization", "chain")
    for kind, whose in (("Node", "what a kubelet may do"), ("RBAC", "what the profile grants")):
        if kind not in authorization.chain:
            what = f"without {kind} nobody looks at {whose}"
            yield source.problem(path, what, help=f"add {kind}", rule="settings.authorization")
    seen: set[str] = set()
    for index, kind in enumerate(authorization.chain):
        if kind in seen:
            what = f"{kind} is asked already"
            yield source.problem((*path, index), what, help="keep one of the two", rule="settings.authorization")
        seen.add(kind)
    asked = "Webhook" in authorization.chain
    if asked and authorization.webhook is None:
        what = "Webhook is asked, and nothing says where it is"
        help = "add controlPlane.authorization.webhook with its server"
        yield source.problem(path, what, help=help, rule="settings.authorization")
    if not asked and authorization.webhook is not None:
        what = "nobody asks this webhook"
        help = "add Webhook to controlPlane.authorization.chain"
        yield source.problem((_ROOT, "authorization", "webhook"), what, help=help, rule="settings.authorization")
    yield from _timeout_without_effect(profile, source)


def _timeout_without_effect(profile: Profile, source: Source) -> Iterator[Problem]:
    webhook = profile.control_plane.authorization.webhook
    if webhook is not None and webhook.timeout is not None and minor(profile.cluster.kubernetes) < _FILE_SINCE:
        path = (_ROOT, "authorization", "webhook", "timeout")
        what = f"before Kubernetes 1.30 nothing sets this: the API server waits {_LONGEST_ANSWER} for an answer"
        yield source.problem(path, what, help="leave it out, or upgrade", rule="settings.authorization")


def certificates_have_their_keys(profile: Profile, source: Source) -> Iterator[Problem]:
    """A certificate without its key proves nothing."""
    control_plane = profile.control_plane
    remotes: tuple[tuple[str, Remote | None], ...] = (
        ("audit", control_plane.audit.webhook),
        ("authentication", control_plane.authentication.webhook),
        ("authorization", control_plane.authorization.webhook),
    )
    for section, remote in remotes:
        if remote is not None and (remote.client_certificate is None) != (remote.client_key is None):
            path = (_ROOT, section, "webhook")
            what = "clientCertificate and clientKey are two halves of one thing, and one is missing"
            yield source.problem(path, what, help="give both or none", rule="settings.certificate")


def cipher_suites_are_known(profile: Profile, source: Source) -> Iterator[Problem]:
    """A component that is told a suite it does not know does not start."""
    tls = profile.control_plane.tls
    known = ciphers("secure") | ciphers("insecure")
    path: KeyPath = (_ROOT, "tls", "ciphers")
    for index, cipher in enumerate(tls.ciphers):
        if cipher not in known:
            what = f"no cipher suite is called {cipher!r}"
            help = nearest(cipher, ciphers("secure"))
            yield source.problem((*path, index), what, help=help, rule="settings.cipher")
    if tls.ciphers and tls.min_version == "VersionTLS13":
        what = "TLS 1.3 leaves no choice of cipher suites"
        yield source.problem(path, what, help="leave ciphers out", rule="settings.cipher")
    elif tls.ciphers and not _NEEDED & set(tls.ciphers):
        what = "HTTP/2 needs a suite with AES_128_GCM_SHA256, without which no component starts"
        yield source.problem(path, what, help=f"add {min(_NEEDED)}", rule="settings.cipher")


def node_ports_are_a_range(profile: Profile, source: Source) -> Iterator[Problem]:
    """Two ports, the smaller one first."""
    first, last = map(int, profile.control_plane.service_node_port_range.split("-"))
    if not 1 <= first <= last <= 65535:
        what = "this is no range of ports"
        help = "write the smaller port first; ports go from 1 to 65535"
        yield source.problem((_ROOT, "serviceNodePortRange"), what, help=help, rule="settings.node-ports")


def durations_can_be_kept(profile: Profile, source: Source) -> Iterator[Problem]:
    """None is so short or so long that a component would refuse it."""
    for path, duration, least, most in _durations(profile):
        length = seconds(duration)
        if length < seconds(least):
            what = f"{duration} is too short"
            yield source.problem(path, what, help=f"write {least} or more", rule="settings.duration")
        elif length > (seconds(most) if most else LONGEST):
            help = f"write {most} or less" if most else "write less than 292 years"
            yield source.problem(path, f"{duration} is too long", help=help, rule="settings.duration")


def enough_requests_are_answered(profile: Profile, source: Source) -> Iterator[Problem]:
    """An API server that answers nobody is no safer."""
    requests = profile.control_plane.requests
    for key, count in (("inflight", requests.inflight), ("mutating", requests.mutating)):
        least = _LEAST_AT_ONCE[key]
        if count < least:
            what = f"with {count} at once, nodes and controllers alone would keep everybody else from being answered"
            help = f"write {least} or more, or leave it out"
            yield source.problem((_ROOT, "requests", key), what, help=help, rule="settings.requests")


def _durations(profile: Profile) -> Iterator[tuple[KeyPath, str, str, str]]:
    """Path, duration, the least and the most that is taken; the most is empty where any number will do."""
    control_plane = profile.control_plane
    yield (_ROOT, "requests", "timeout"), control_plane.requests.timeout, _LEAST_REQUEST, ""
    yield (_ROOT, "rotation", "certificates"), control_plane.rotation.certificates, "1h", ""
    yield (_ROOT, "rotation", "tokens"), control_plane.rotation.tokens, _LEAST_LIFE, ""
    kms, tokens, authorizer = (
        control_plane.encryption.kms,
        control_plane.authentication.webhook,
        control_plane.authorization.webhook,
    )
    if kms is not None:
        yield (_ROOT, "encryption", "kms", "timeout"), kms.timeout, "1s", ""
    if tokens is not None:
        yield (_ROOT, "authentication", "webhook", "cache"), tokens.cache, "0s", ""
    if authorizer is not None:
        path = (_ROOT, "authorization", "webhook")
        if authorizer.timeout is not None:
            yield (*path, "timeout"), authorizer.timeout, "1s", _LONGEST_ANSWER
        yield (*path, "allowedFor"), authorizer.allowed_for, "1s", ""
        yield (*path, "deniedFor"), authorizer.denied_for, "1s", ""


def anonymous_requests_are_limited(profile: Profile, source: Source) -> Iterator[Problem]:
    """To what the installer's own probes need, and to nothing where they need nothing."""
    anonymous = profile.control_plane.authentication.anonymous
    path: KeyPath = (_ROOT, "authentication", "anonymous")
    target = distribution(profile.cluster.distribution)
    if anonymous is True:
        what = "whoever has no name could ask for anything"
        yield source.problem(path, what, help="write health, or leave it out", rule="settings.anonymous")
    elif anonymous is False and target.anonymous_probes:
        what = f"{target.title}'s own probes have no name: the API server would be restarted for ever"
        yield source.problem(path, what, help="write health, or leave it out", rule="settings.anonymous")


def components_can_prove_who_they_are(profile: Profile, source: Source) -> Iterator[Problem]:
    """Where the control plane is ours, its parts know each other by certificates."""
    target = distribution(profile.cluster.distribution)
    if not profile.control_plane.authentication.client_certificates and target.control_plane == "administrator":
        yield source.problem(
            (_ROOT, "authentication", "clientCertificates"),
            f"the components of {target.title} know each other by client certificates",
            help="leave it out, and give nobody else a certificate",
            rule="settings.client-certificates",
        )
