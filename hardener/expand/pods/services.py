"""Which Services are refused, in namespaces that the profile does not know as well.

A Service that is reached from outside, or that takes addresses which are not its own, opens the cluster whoever makes
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.plan.admission import AdmissionPolicy, Requests, Validation, Variable
from hardener.profile import Profile

_SERVICES: Final = (Requests(group="", resources=("services",)),)
# Controllers of load balancers, whoever they are, write the status of Services in all namespaces; tenants in theirs.
_BALANCES: Final = (
    "['patch', 'update'].exists(verb, "
    "authorizer.group('').resource('services').subresource('status').check(verb).allowed())"
)


def service_policies(profile: Profile, exposed: Iterable[str]) -> Iterator[AdmissionPolicy]:
    """The policies for Services; `exposed` are the namespaces whose zones are."""
    if profile.control_plane.admission.deny_service_external_ips:
        yield _external_ips()
    yield _services({*exposed, *profile.cluster.system_namespaces})


def _services(but: Iterable[str]) -> AdmissionPolicy:
    """A Service that was there before may go on as it is, so that its controllers can clean up behind it."""
    return AdmissionPolicy(
        name="hardener-pods-services",
        requests=_SERVICES,
        validations=(
            Validation(
                expression="!(object.spec.?type.orValue('') in ['NodePort', 'LoadBalancer']) || "
                "request.operation == 'UPDATE' && object.spec == oldObject.spec",
                message="a Service is not reached from outside the cluster unless its zone is exposed",
                message_expression="'a Service is of the type ' + object.spec.?type.orValue('') + "
                "' only in a zone that is exposed'",
            ),
        ),
        namespaces=tuple(sorted(but)),
        inside=False,
    )


def _external_ips() -> AdmissionPolicy:
    """As the plugin DenyServiceExternalIPs: those that are there may stay (plugin/pkg/admission/serviceexternalips).

    The plugin does not look at the status, by which a Service takes addresses as well (pkg/proxy/serviceport.go).
    """
    return AdmissionPolicy(
        name="hardener-pods-external-ips",
        requests=(Requests(group="", resources=("services", "services/status")),),
        variables=(_given("ips", "spec.?externalIPs"), _given("addresses", "status.?loadBalancer.?ingress")),
        validations=(
            Validation(
                expression="object.spec.?externalIPs.orValue([]).all(ip, ip in variables.ips)",
                message="a Service takes no external IPs: whoever names an address gets what others send there",
            ),
            Validation(
                expression="object.?status.?loadBalancer.?ingress.orValue([])"
                f".all(address, address in variables.addresses) || {_BALANCES}",
                message="a Service takes no address by its status, but from who writes that of every Service",
            ),
        ),
        namespaces=(),
        inside=False,
    )


def _given(name: str, field: str) -> Variable:
    """What a Service had in a field before, by the name of the variable."""
    return Variable(name=name, expression=f"request.operation == 'UPDATE' ? oldObject.?{field}.orValue([]) : []")
