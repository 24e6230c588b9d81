"""How what etcd stores is encrypted, and whom etcd talks to."""

from __future__ import annotations

from msgspec import Struct

from hardener.plan.settings import Flag


class Kms(Struct, frozen=True, kw_only=True):
    """The plugin of a key management service. `api_version` is empty where only v1 exists, which has no such field."""

    api_version: str
    name: str
    endpoint: str
    timeout: str


class Firewall(Struct, frozen=True, kw_only=True):
    """The ranges of addresses, by family, to which etcd's ports are open."""

    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]


class Secrets(Struct, frozen=True, kw_only=True):
    """EncryptionConfiguration and etcd's flags. There is a `kms`, or the provider has a key that only the host knows.

    `plaintext`: may what was stored before encryption still be read? `by_installer`: does the installer write the
    configuration of encryption, and keep its key? `firewall` is None where nobody knows the control plane's addresses.
    `kubeconfig`, `programs`: where the installer leaves the administrator's kubeconfig and a kubectl.
    """

    provider: str
    resources: tuple[str, ...]
    kms: Kms | None
    plaintext: bool
    by_installer: bool
    kubeconfig: str
    programs: str
    etcd: tuple[Flag, ...]
    firewall: Firewall | None

    def __post_init__(self) -> None:
        """An empty list encrypts nothing; a kms provider without a plugin has no key."""
        if not self.resources or (self.provider == "kms") != (self.kms is not None):
            raise ValueError("an encryption that encrypts nothing")
