"""Who must have signed the images of which namespaces, as Kyverno or sigstore's policy controller are told."""

from __future__ import annotations

from msgspec import Struct

from hardener.plan.admission import AdmissionPolicy, Validation


class Signer(Struct, frozen=True, kw_only=True):
    """Somebody whose signature counts: the owner of the key in the Secret `secret`, or an `identity` of an `issuer`.

    `name` is what the signer is called inside the policy. `key` is where Kyverno finds the Secret.
    """

    name: str
    secret: str | None
    key: str | None
    issuer: str | None
    identity: str | None

    def __post_init__(self) -> None:
        """Whoever is told neither of a key nor of an identity would let anybody's signature pass."""
        if (self.secret is None) == (self.issuer is None) or (self.issuer is None) != (self.identity is None):
            raise ValueError(f"the signer {self.name} is nobody")


class SignedImages(Struct, frozen=True, kw_only=True):
    """A policy of Kyverno's for the namespaces of a zone: what must be true of each image, in CEL."""

    name: str
    signers: tuple[Signer, ...]
    validations: tuple[Validation, ...]
    namespaces: tuple[str, ...]

    def __post_init__(self) -> None:
        """A policy without signers would ask nothing, and one without namespaces would hold everywhere."""
        if not self.signers or not self.validations or not self.namespaces:
            raise ValueError(f"the image policy {self.name} would refuse nothing")


class ClusterImages(Struct, frozen=True, kw_only=True):
    """A policy of sigstore's for all namespaces that its policy controller looks at."""

    name: str
    signers: tuple[Signer, ...]

    def __post_init__(self) -> None:
        """A policy without signers would let every image pass (FailOnEmptyAuthorities may be off)."""
        if not self.signers:
            raise ValueError(f"the image policy {self.name} would refuse nothing")


class Scanning(Struct, frozen=True, kw_only=True):
    """Which namespaces' images Trivy Operator scans, and in which it never looks."""

    namespaces: str


class Images(Struct, frozen=True, kw_only=True):
    """Kyverno's policies by name, or sigstore's one, or none.

    `refusing` are what Kyverno asks in place of an API server that knows no admission policies yet.
    """

    kyverno: tuple[SignedImages, ...]
    refusing: tuple[AdmissionPolicy, ...]
    sigstore: ClusterImages | None
    scanning: Scanning | None
