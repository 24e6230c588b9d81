"""Which labels and annotations of a Namespace are nobody's but those of whoever delivers the output.

What pods may be, and which of a cluster's rules they are held to, is said by their Namespace. Rights to change one are
not granted to tenants; this holds where somebody has granted them.
"""

from __future__ import annotations

from typing import Final

from hardener.expand.cel import text, texts
from hardener.plan.admission import AdmissionPolicy, Requests, Validation, Variable

# Which namespaces are hardener's, in which zone, and whose pods get tokens there; the Pod Security level; and what
# PodNodeSelector and PodTolerationRestriction go by.
_PREFIXES: Final = ("hardener.dev/", "pod-security.kubernetes.io/", "scheduler.alpha.kubernetes.io/")
# By this one sigstore's policy controller knows where it looks.
_SIGSTORE: Final = "policy.sigstore.dev/"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
# Labels can be written through the subresources as well (PrepareForUpdate in pkg/registry/core/namespace/strategy.go).
_NAMESPACES: Final = Requests(group="", resources=("namespaces", "namespaces/finalize", "namespaces/status"))

_NAME: Final = "hardener-pods-namespaces"
# Who may change this policy is not stopped by it: those who deliver, and administrators of the whole cluster.
_MAY: Final = (
    "authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies')"
    f".name({text(_NAME)}).check('patch').allowed()"
)


def guard_rails_policy(verifier: str | None) -> AdmissionPolicy:
    """The policy for all namespaces, the system's and strangers' too. `verifier` is what verifies images."""
    prefixes = (*_PREFIXES, _SIGSTORE) if verifier == "sigstore" else _PREFIXES
    message = f"only who delivers the output writes what begins with {', '.join(prefixes)}, or {_MANAGED_BY}: hardener"
    return AdmissionPolicy(
        name=_NAME,
        requests=(_NAMESPACES,),
        variables=(
            *_changes("labels"),
            *_changes("annotations"),
            Variable(
                name="managed", expression=f"{_owner('labels')} == 'hardener' || {_owner('oldLabels')} == 'hardener'"
            ),
            Variable(
                name="rails",
                expression="(variables.changedLabels + variables.changedAnnotations).filter(key, "
                f"{texts(prefixes)}.exists(prefix, key.startsWith(prefix)) || "
                f"key == {text(_MANAGED_BY)} && variables.managed)",
            ),
        ),
        validations=(
            Validation(
                expression=f"variables.rails.size() == 0 || {_MAY}",
                message=message,
                message_expression=f"{text(message + ', and so ')} + variables.rails.join(', ')",
            ),
        ),
        namespaces=(),
        inside=False,
    )


def _changes(kind: str) -> tuple[Variable, ...]:
    """The keys that a request adds, changes or removes, as the last of these variables."""
    new, old = f"variables.{kind}", f"variables.old{kind.capitalize()}"
    written = f"metadata.?{kind}.orValue({{}})"
    return (
        Variable(name=kind, expression=f"object.{written}"),
        Variable(
            name=f"old{kind.capitalize()}", expression=f"request.operation == 'CREATE' ? {{}} : oldObject.{written}"
        ),
        Variable(
            name=f"changed{kind.capitalize()}",
            expression=f"{new}.filter(key, !(key in {old}) || {old}[key] != {new}[key]) + "
            f"{old}.filter(key, !(key in {new}))",
        ),
    )


def _owner(labels: str) -> str:
    return f"variables.{labels}[?{text(_MANAGED_BY)}].orValue('')"
