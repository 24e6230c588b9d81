"""Which Services are refused, in namespaces that the profile does not know as well.

A Service that is reached from outside, or that takes addresses which are not its own, opens the cluster whoever makes
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hardener.expand.cel import texts
from hardener.plan.admission import AdmissionPolicy, Requests, Validation, Variable
from hardener.profile import Profile
from hardener.profile.zones import Exposed, Zone

_TYPE: Final = "object.spec.?type.orValue('')"
_UNCHANGED: Final = "request.operation == 'UPDATE' && object.spec == oldObject.spec"
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
                expression=f"!({_TYPE} in ['NodePort', 'LoadBalancer']) || {_UNCHANGED}",
                message="a Service is not reached from outside the cluster unless its zone is exposed",
                message_expression="'a Service is of the type ' + object.spec.?type.orValue('') + "
                "' only in a zone that is exposed'",
            ),
        ),
        namespaces=tuple(sorted(but)),
        inside=False,
    )


def services_of_zones(profile: Profile, members: Mapping[str, tuple[str, ...]]) -> Iterator[AdmissionPolicy]:
    """A policy for each zone that says more of its Services: `members` are its namespaces."""
    for name, namespaces in sorted(members.items()):
        if validations := tuple(_of_zone(name, profile.zones[name])):
            yield AdmissionPolicy(
                name=f"hardener-pods-services-{name}",
                requests=_SERVICES,
                validations=validations,
                namespaces=namespaces,
            )


def _of_zone(name: str, zone: Zone) -> Iterator[Validation]:
    """Ranges and names are compared as they are written: what is narrower than a range is not that range.

    An annotation that says ranges counts only where the field says none (k8s.io/cloud-provider/service/helpers).
    """
    if isinstance(zone.exposed, Exposed):
        sources = sorted(set(zone.exposed.sources))
        ranges = "object.spec.?loadBalancerSourceRanges.orValue([])"
        held = f"{ranges}.size() > 0 && {ranges}.all(source, source in {texts(sources)})"
        yield Validation(
            expression=f"{_TYPE} != 'LoadBalancer' || {held} || {_UNCHANGED}",
            message=f"zone {name}: a load balancer lets in {' or '.join(sources)}, and says so in "
            "loadBalancerSourceRanges",
        )
        yield Validation(
            expression=f"{_TYPE} != 'NodePort' || {_UNCHANGED}",
            message=f"zone {name}: a Service is reached by a load balancer, since node ports are open to everybody",
        )
    if zone.external_names is not None:
        names = sorted(set(zone.external_names))
        named = f"object.spec.?externalName.orValue('') in {texts(names)}"
        yield Validation(
            expression=f"{_TYPE} != 'ExternalName' || {named} || {_UNCHANGED}",
            message=f"zone {name}: a Service stands for {'no external name' if not names else ' or '.join(names)}",
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
