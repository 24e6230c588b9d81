"""`images`, `runtime`, `compliance`, `exceptions`: what is watched, what is reported, and what somebody accepted."""

from typing import Annotated, Literal

from msgspec import Meta

from hardener.profile.scalars import Model, Name, Text


class Images(Model, frozen=True, kw_only=True):
    """How images are verified and scanned."""

    verifier: Annotated[
        Literal["kyverno", "sigstore"] | None, Meta(description="What verifies signatures at admission.")
    ] = None
    namespace: Annotated[
        Name | None, Meta(description="Where the verifier runs; kyverno or cosign-system unless given.")
    ] = None
    max_age: Annotated[
        Annotated[int, Meta(ge=1, le=3650)] | None,
        Meta(
            description="Days after which an image that must be signed starts no more, by the day that its builder "
            "wrote into it; with kyverno only."
        ),
    ] = None
    scanning: Annotated[bool, Meta(description="Are running images scanned, by Trivy Operator?")] = False

    @property
    def home(self) -> str:
        """The namespace where the verifier runs: that of its own installation, unless the profile names another."""
        return self.namespace or ("cosign-system" if self.verifier == "sigstore" else "kyverno")


class Runtime(Model, frozen=True, kw_only=True):
    """Detection while pods run."""

    falco: Annotated[bool, Meta(description="Are Falco rules rendered?")] = False
    quiet: Annotated[
        dict[str, tuple[Name, ...]],
        Meta(description="Rules of runtime/ by name, each with the namespaces where it stays silent."),
    ] = {}


class Framework(Model, frozen=True, kw_only=True):
    """A framework that the report answers."""

    level: Annotated[int, Meta(ge=1, le=2, description="Level 1, or 2, which asks for more.")] | None = None
    version: Annotated[
        str | None, Meta(description="The framework's version, quoted; the newest for the cluster unless given.")
    ] = None


class Compliance(Model, frozen=True, kw_only=True):
    """Frameworks reported on."""

    cis: Annotated[Framework | None, Meta(description="CIS Kubernetes Benchmark.")] = None
    nsa: Annotated[Framework | None, Meta(description="NSA/CISA Kubernetes Hardening Guide.")] = None
    stig: Annotated[Framework | None, Meta(description="DISA Kubernetes STIG.")] = None


class Exemption(Model, frozen=True, kw_only=True):
    """Risk that somebody accepted: one rule, at one place, until a day."""

    rule: Annotated[str, Meta(description="The rule that refuses, such as flow.internet.")]
    at: Annotated[str, Meta(description="The place that the refusal gives, or a parent of it: flows.0")]
    reason: Annotated[Text, Meta(description="Why the risk is taken.")]
    owner: Annotated[Text, Meta(description="Who accepted the risk.")]
    expires: Annotated[
        str,
        Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", description="The last day on which it holds: 2027-03-31"),
    ]
