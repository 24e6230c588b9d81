"""TLS versions and cipher suites, in the words of each component."""

from __future__ import annotations

from typing import Final

from hardener.expand.flags import Choice, Choices
from hardener.profile import Profile

# Forward secrecy and authenticated encryption; the older names of CHACHA20 are known to everything since Go 1.14.
CIPHERS: Final = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
)
_SOURCE: Final = "controlPlane.tls"
# etcd has words of its own: NewTLSVersion in go.etcd.io/etcd/client/pkg/v3/tlsutil.
_ETCD_VERSIONS: Final = {"VersionTLS12": "TLS1.2", "VersionTLS13": "TLS1.3"}


def ciphers(profile: Profile) -> tuple[str, ...]:
    """The cipher suites to name, sorted; none where TLS 1.3 is asked for, which has no choice of them."""
    tls = profile.control_plane.tls
    if tls.min_version == "VersionTLS13":
        return ()
    return tuple(sorted(set(tls.ciphers or CIPHERS)))


def choices(profile: Profile) -> Choices:
    """TLS as the components of Kubernetes take it."""
    chosen = {"tls-min-version": Choice(profile.control_plane.tls.min_version, _SOURCE)}
    suites = ciphers(profile)
    return chosen | {"tls-cipher-suites": Choice(",".join(suites), _SOURCE)} if suites else chosen


def etcd_choices(profile: Profile) -> Choices:
    """TLS as etcd takes it. It speaks nothing older than 1.2, and refuses cipher suites together with 1.3."""
    version = _ETCD_VERSIONS.get(profile.control_plane.tls.min_version, "TLS1.2")
    chosen = {"tls-min-version": Choice(version, _SOURCE)}
    suites = ciphers(profile)
    return chosen | {"cipher-suites": Choice(",".join(suites), _SOURCE)} if suites else chosen
