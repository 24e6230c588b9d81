"""Which pods hold a token of their service account: those of accounts to which the profile gives one, and no others.

That an account mounts no token is a default which any pod may override. The API server adds the volume with the token
before it asks a policy (mountServiceAccountToken in plugin/pkg/admission/serviceaccount), so a volume is all that a pod
must not have. A Secret is another way to a token, one without an end, which the controller manager fills for whoever
creates it.
"""

from __future__ import annotations

from typing import Final

from hardener.expand.pods.demands import Demand
from hardener.expand.tokens import ANNOTATION
from hardener.plan.admission import AdmissionPolicy, Requests, Validation, Variable

_GIVEN: Final = Variable(
    name="tokens",
    expression=f"namespaceObject.metadata.?annotations[?'{ANNOTATION}'].orValue('').split(',')",
)
_ACCOUNT: Final = "object.spec.?serviceAccountName.orValue('default')"
_HELD: Final = (
    "object.spec.?volumes.orValue([]).exists(v, "
    "v.?projected.?sources.orValue([]).exists(source, source.?serviceAccountToken.hasValue()))"
)
_KIND: Final = "'kubernetes.io/service-account-token'"
_OWNER: Final = "metadata.?annotations[?'kubernetes.io/service-account.name'].orValue('')"


def token_demand() -> Demand:
    """What is asked of every pod in every zone."""
    return Demand(
        message="a pod holds no token unless the profile gives its service account one",
        holds=f"!{_HELD} || {_ACCOUNT} in variables.tokens",
        breaking=_ACCOUNT,
        joined=", and gives none to ",
        variables=(_GIVEN,),
    )


def secrets_policy(namespaces: tuple[str, ...]) -> AdmissionPolicy:
    """No Secret in these namespaces comes to hold a token: it would not end, and those that pods mount do.

    One that was there before may be changed by the controllers that watch it, but not be given to another account.
    """
    unchanged = f"request.operation == 'UPDATE' && object.{_OWNER} == oldObject.{_OWNER}"
    message = "a Secret holds no token of a service account, since it would never end"
    return AdmissionPolicy(
        name="hardener-pods-token-secrets",
        requests=(Requests(group="", resources=("secrets",)),),
        variables=(),
        validations=(
            Validation(
                expression=f"object.?type.orValue('') != {_KIND} || {unchanged}",
                message=message,
                message_expression=f"'{message}: this is one of ' + object.{_OWNER}",
            ),
        ),
        namespaces=namespaces,
    )
