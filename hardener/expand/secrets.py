"""How what etcd stores is encrypted, and whom etcd talks to."""

from __future__ import annotations

from hardener.catalog import distribution, minor
from hardener.expand import tls
from hardener.expand.flags import Choice, Choices, flags, on_host
from hardener.plan.secrets import Kms, Secrets
from hardener.profile import Profile
from hardener.profile.control_plane import Encryption

# KMS v2 is on by default from 1.27 and the only one from 1.29; what is left out means v1 even where that is off.
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
        etcd=flags("etcd", at, target, _etcd_choices(profile)),
    )


def choices(profile: Profile) -> Choices:
    """The API server's flag that names the encryption."""
    return {
        "encryption-provider-config": Choice(on_host("encryption-configuration.yaml"), "controlPlane.encryption"),
    }


def _etcd_choices(profile: Profile) -> Choices:
    quota = profile.control_plane.etcd.quota_bytes
    chosen = tls.etcd_choices(profile)
    if quota is not None:
        chosen["quota-backend-bytes"] = Choice(str(quota), "controlPlane.etcd.quotaBytes")
    return chosen


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
