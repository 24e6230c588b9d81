"""Promise 4, as far as signatures go: an image that none of a zone's signers signed does not start there.

    promised    whose signatures count in which namespaces, by the profile
    signatures  whose signatures a policy asks for, and where; what of it is not understood is said
    kyverno     Kyverno's ImageValidatingPolicies
    names       its ValidatingPolicies, which ask for registries and digests before API servers can
    sigstore    ClusterImagePolicies, and the labels by which sigstore's policy controller knows where it looks
    scanning    what Trivy Operator is told

What a registry, a log of signatures or the verifier itself answers no file shows: whether a policy asks the right
question, of everything that runs, and lets nothing pass without an answer, is what is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.images.kyverno import kyverno
from hardener.verify.images.names import names
from hardener.verify.images.scanning import scanning
from hardener.verify.images.sigstore import sigstore
from hardener.verify.written import Written

__all__ = ["images"]


def images(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each image that starts though nobody signed it, or does not though somebody did."""
    yield from kyverno(written, profile)
    yield from names(written, profile)
    yield from sigstore(written, profile)
    yield from scanning(written, profile)
