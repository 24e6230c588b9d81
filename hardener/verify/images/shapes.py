"""ImageValidatingPolicies and ClusterImagePolicies as their verifiers read them, as far as anybody here judges them.

Each type forbids what it does not know: whatever else a policy says is a finding.
"""

from __future__ import annotations

from msgspec import Struct


class Shape(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A mapping of an object."""


class Switch(Shape, frozen=True):
    """Something that is on unless it says otherwise."""

    enabled: bool = True


class Evaluation(Shape, frozen=True):
    """When a policy is asked."""

    mode: str = "Kubernetes"
    admission: Switch = Switch()
    background: Switch = Switch()


class Webhook(Shape, frozen=True):
    """How long the API server waits for an answer."""

    timeout_seconds: int = 10


class PodControllers(Shape, frozen=True):
    """For which owners of pods the same is asked."""

    controllers: tuple[str, ...] | None = None


class Autogen(Shape, frozen=True):
    """What Kyverno makes of a policy for pods."""

    pod_controllers: PodControllers = PodControllers()


class Rule(Shape, frozen=True):
    """Which requests are judged."""

    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    operations: tuple[str, ...]


class Expression(Shape, frozen=True):
    """A condition of a label."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class Selector(Shape, frozen=True):
    """Which namespaces are meant."""

    match_expressions: tuple[Expression, ...] = ()


class Constraints(Shape, frozen=True):
    """What is judged."""

    resource_rules: tuple[Rule, ...] = ()
    namespace_selector: Selector = Selector()


class Named(Shape, frozen=True):
    """An expression with a name."""

    name: str
    expression: str


class Reference(Shape, frozen=True):
    """Which images are meant."""

    glob: str = ""


class Configurations(Shape, frozen=True):
    """What is done about digests; all of it is on unless it says otherwise."""

    mutate_digest: bool = True
    verify_digest: bool = True
    required: bool = True


class Identity(Shape, frozen=True):
    """Somebody whom an issuer vouches for. What matches a pattern is nobody in particular."""

    issuer: str
    subject: str


class Keyless(Shape, frozen=True):
    """Signatures with certificates of a moment."""

    identities: tuple[Identity, ...]


class Key(Shape, frozen=True):
    """A public key, by where it is."""

    kms: str


class Cosign(Shape, frozen=True):
    """Whose signature is looked for."""

    key: Key | None = None
    keyless: Keyless | None = None


class Attestor(Shape, frozen=True):
    """A signer by name."""

    name: str
    cosign: Cosign


class Validation(Shape, frozen=True):
    """What must be true."""

    expression: str
    message: str = ""


class Signed(Shape, frozen=True):
    """The spec of an ImageValidatingPolicy."""

    attestors: tuple[Attestor, ...]
    validations: tuple[Validation, ...]
    match_constraints: Constraints
    failure_policy: str = "Fail"
    validation_actions: tuple[str, ...] = ("Deny",)
    evaluation: Evaluation = Evaluation()
    webhook_configuration: Webhook = Webhook()
    autogen: Autogen = Autogen()
    match_conditions: tuple[Named, ...] = ()
    images: tuple[Named, ...] = ()
    match_image_references: tuple[Reference, ...] = ()
    validation_configurations: Configurations = Configurations()


class SecretName(Shape, frozen=True):
    """A Secret beside the policy controller."""

    name: str
    namespace: str = ""


class SecretKey(Shape, frozen=True):
    """A public key in a Secret."""

    secret_ref: SecretName


class Url(Shape, frozen=True):
    """Where something is."""

    url: str = ""


class Fulcio(Shape, frozen=True):
    """Signatures with certificates that an authority gave out."""

    identities: tuple[Identity, ...]
    url: str = ""


class Authority(Shape, frozen=True):
    """Whose signature is looked for, and in which log."""

    name: str = ""
    key: SecretKey | None = None
    keyless: Fulcio | None = None
    ctlog: Url | None = None


class Everywhere(Shape, frozen=True):
    """The spec of a ClusterImagePolicy."""

    images: tuple[Reference, ...]
    authorities: tuple[Authority, ...] = ()
    mode: str = "enforce"


class Message(Validation, frozen=True):
    """What must be true, with a text that names what is not."""

    message_expression: str = ""


class Asking(Shape, frozen=True):
    """The spec of a ValidatingPolicy of Kyverno's."""

    validations: tuple[Message, ...]
    match_constraints: Constraints
    variables: tuple[Named, ...] = ()
    failure_policy: str = "Fail"
    validation_actions: tuple[str, ...] = ("Deny",)
    evaluation: Evaluation = Evaluation()
    autogen: Autogen = Autogen()
