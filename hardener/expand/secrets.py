"""How what etcd stores is encrypted, and whom etcd talks to."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import distribution, minor
from hardener.expand import tls
from hardener.expand.flags import Choice, Choices, flags, on_host
from hardener.plan.gap import Gap
from hardener.plan.secrets import Firewall, Kms, Secrets
from hardener.plan.settings import Flag
from hardener.profile import Profile
from hardener.profile.control_plane import Encryption

# KMSv2 is beta and on from 1.27, GA from 1.29, and what its beta wrote its GA reads; KMSv1 is off from 1.29, where an
# apiVersion that is left out still means v1 (pkg/features/kube_features.go and pkg/apis/apiserver/v1/defaults.go of
# k8s.io/apiserver). At 1.25 and 1.26 it is alpha and off, and what it wrote, 1.27 does not read.
KMS_V2_SINCE = 27


def secrets(profile: Profile) -> Secrets | None:
    """Encryption and etcd's flags; None where the control plane is not set up by us."""
    target = distribution(profile.cluster.distribution)
    if not target.installer:
        return None
    at = minor(profile.cluster.kubernetes)
    encryption = profile.control_plane.encryption
    return Secrets(
        provider=encryption.provider,
        resources=tuple(sorted(set(encryption.resources))),
        kms=_kms(encryption, at),
        plaintext=encryption.plaintext,
        by_installer=by_installer(profile),
        kubeconfig=target.kubeconfig,
        programs=target.programs,
        etcd=etcd(profile),
        firewall=_firewall(profile.cluster.networks.control_plane),
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """What somebody must know or do before etcd's ports are closed, or before KMS outlives an upgrade."""
    cluster, encryption = profile.cluster, profile.control_plane.encryption
    if not distribution(cluster.distribution).installer:
        return
    if not cluster.networks.control_plane:
        yield Gap(
            path="cluster.networks.controlPlane",
            what="nothing says which addresses the control plane has: no firewall is rendered for etcd's ports",
            who="administrator",
        )
    if encryption.kms is not None and minor(cluster.kubernetes) < KMS_V2_SINCE:
        yield Gap(
            path="controlPlane.encryption.kms",
            what="before Kubernetes 1.27 the plugin is spoken to by version 1 of its protocol, which 1.29 no longer "
            "takes: after an upgrade to 1.27 or 1.28, encryption-keys.sh changes to version 2",
            who="administrator",
        )


def by_installer(profile: Profile) -> bool:
    """Does the installer itself encrypt as the profile asks? Then the configuration and its key are the installer's."""
    encryption = profile.control_plane.encryption
    since = distribution(profile.cluster.distribution).encryption.get(encryption.provider)
    known = since is not None and minor(since) <= minor(profile.cluster.kubernetes)
    return known and set(encryption.resources) == {"secrets"}


def etcd(profile: Profile) -> tuple[Flag, ...]:
    """etcd's flags."""
    cluster = profile.cluster
    return flags("etcd", minor(cluster.kubernetes), distribution(cluster.distribution), _etcd_choices(profile))


def choices(profile: Profile) -> Choices:
    """The API server's flag that names the encryption, where the installer does not see to it.

    It does not read the file again by itself (--encryption-provider-config-automatic-reload, from 1.26): a file that it
    cannot read would be a line in its log, and it would go on with the old keys. A rotation must know which key every
    API server has, and each says since when it runs (process_start_time_seconds), but not which file it read last: 1.30
    has no metric for that (pkg/server/options/encryptionconfig/metrics of k8s.io/apiserver).
    """
    if by_installer(profile):
        return {}
    return {
        "encryption-provider-config": Choice(on_host("encryption-configuration.yaml"), "controlPlane.encryption"),
    }


def _etcd_choices(profile: Profile) -> Choices:
    quota = profile.control_plane.etcd.quota_bytes
    chosen = tls.etcd_choices(profile)
    if quota is not None:
        chosen["quota-backend-bytes"] = Choice(str(quota), "controlPlane.etcd.quotaBytes")
    return chosen


def _firewall(ranges: tuple[str, ...]) -> Firewall | None:
    if not ranges:
        return None
    return Firewall(
        ipv4=tuple(sorted({each for each in ranges if ":" not in each})),
        ipv6=tuple(sorted({each for each in ranges if ":" in each})),
    )


def _kms(encryption: Encryption, at: int) -> Kms | None:
    kms = encryption.kms
    if kms is None:
        return None
    return Kms(
        api_version="v2" if at >= KMS_V2_SINCE else "",
        name=kms.name,
        endpoint=kms.endpoint,
        timeout=kms.timeout,
    )
