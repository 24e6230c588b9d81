"""What opens the cluster beside pods: Services, Secrets with tokens, and what Namespaces say of their pods.

From the first version with policies that stay; before, quotas hold Services, and what else is open is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from hardener.profile import Profile
from hardener.profile.zones import Exposed, Zone
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.admission.policies import Resource
from hardener.verify.flags import API_SERVER, flag
from hardener.verify.objects import Object
from hardener.verify.pods.asking import EVERYBODY, SOMEBODY, Asking, User
from hardener.verify.pods.blame import POLICIES
from hardener.verify.pods.classes import Class
from hardener.verify.pods.expressions import words

_OPEN: Final = ("NodePort", "LoadBalancer")
_EVERYBODY: Final = "0.0.0.0/0"
_ADDRESS: Final = "203.0.113.7"
_TOKEN: Final = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret
_OWNER: Final = "kubernetes.io/service-account.name"
_NAMESPACES: Final = ("namespaces", "namespaces/status", "namespaces/finalize")
_RAILS: Final = ("pod-security.kubernetes.io/", "scheduler.alpha.kubernetes.io/", "hardener.dev/")
# By this one sigstore's policy controller knows where it looks.
_SIGSTORE: Final = "policy.sigstore.dev/"

Data = dict[str, Any]


def other_findings(asking: Asking, asked: Class, profile: Profile) -> Iterator[Finding]:
    """What is admitted or refused wrongly in a class of namespaces."""
    yield from _services(asking, asked, profile)
    if asked.zone is not None:
        yield from _secrets(asking, asked)


def _services(asking: Asking, asked: Class, profile: Profile) -> Iterator[Finding]:
    zone = profile.zones[asked.zone] if asked.zone is not None else None
    plain = _service(asked, {"type": "ClusterIP"})
    for what, key, spec, good in _specs(asking, asked, zone):
        at: KeyPath = ("zones", asked.zone, key) if asked.zone is not None else ()
        new = _service(asked, spec)
        yield from asked_findings(asking, asked, "services", new, None, not good, what, at)
        if not good:
            yield from asked_findings(asking, asked, "services", new, plain, True, f"a change to {what}", at)
    if profile.control_plane.admission.deny_service_external_ips:
        yield from _addresses(asking, asked, plain)


def _specs(asking: Asking, asked: Class, zone: Zone | None) -> Iterator[tuple[str, str, Data, bool]]:
    """What a Service says, in words and as it is, of which key of its zone, and whether it is one that may be."""
    exposed = asked.system or (zone is not None and bool(zone.exposed))
    sources = zone.exposed.sources if zone is not None and isinstance(zone.exposed, Exposed) else None
    yield "a Service of the type ClusterIP", "exposed", {"type": "ClusterIP"}, True
    for kind in _OPEN:
        yield f"a Service of the type {kind}", "exposed", {"type": kind}, exposed and sources is None
    told = words(asking.holding(asked.name, "services"))
    ranges = {_EVERYBODY, "203.0.113.0/24", *(word for word in told if "/" in word), *(sources or ())}
    for each in sorted(ranges if exposed else ()):
        spec = {"type": "LoadBalancer", "loadBalancerSourceRanges": [each]}
        yield f"a load balancer for {each}", "exposed", spec, sources is None or each in sources
        mixed = spec | {"loadBalancerSourceRanges": [*(sources or ())[:1], each]}
        yield f"a load balancer for {each} as well", "exposed", mixed, sources is None or each in sources
    allowed = zone.external_names if zone is not None else None
    for name in sorted({"elsewhere.invalid"} if allowed is None else {"", "elsewhere.invalid", *told, *allowed}):
        spec = {"type": "ExternalName", "externalName": name}
        yield f"a Service for the name {name}", "externalNames", spec, allowed is None or name in allowed


def _addresses(asking: Asking, asked: Class, plain: Data) -> Iterator[Finding]:
    at = ("controlPlane", "admission", "denyServiceExternalIPs")
    taking = _service(asked, {"type": "ClusterIP", "externalIPs": [_ADDRESS]})
    on = flag(asking.written, API_SERVER, "enable-admission-plugins")
    if not on or "DenyServiceExternalIPs" not in on.values:
        yield from asked_findings(asking, asked, "services", taking, None, True, "a Service with external IPs", at)
        yield from asked_findings(
            asking, asked, "services", taking, plain, True, "a change to a Service with external IPs", at
        )
    balanced = plain | {"status": {"loadBalancer": {"ingress": [{"ip": _ADDRESS}]}}}
    what = "an address in the status of a Service"
    yield from asked_findings(asking, asked, "services/status", balanced, plain, True, what, at)


def _secrets(asking: Asking, asked: Class) -> Iterator[Finding]:
    at: KeyPath = (*asked.at, "serviceAccounts")
    for account in sorted(asked.with_token):
        what, mine = f"a change to a Secret that has a token of {account}", _secret(asked, {_OWNER: account})
        yield from asked_findings(asking, asked, "secrets", mine, mine, False, what, at)
    plain = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "probe", "namespace": asked.name}}
    yield from asked_findings(asking, asked, "secrets", plain | {"type": "Opaque"}, None, False, "a Secret", asked.at)
    yield from islice(_tokens(asking, asked, at), 1)


def _tokens(asking: Asking, asked: Class, at: KeyPath) -> Iterator[Finding]:
    """Secrets with tokens of accounts, made or turned into one, and that say what a policy may look for.

    What type a Secret has is for ever, and whose token it holds is not (ValidateSecretUpdate in
    pkg/apis/core/validation/validation.go); the token is written into it again once it is gone.
    """
    keys = words(asking.holding(asked.name, "secrets")) - {_OWNER}
    for account in asked.accounts:
        given = min(asked.with_token - {account}, default="another")
        what = f"a Secret with a token of {account} that never ends"
        besides = [dict.fromkeys(keys, name) for name in (account, given)]
        said = [{_OWNER: account}, *(each | {_OWNER: account} for each in besides)]
        had = [_secret(asked, {_OWNER: given}), *(_secret(asked, each | {_OWNER: given}) for each in besides)]
        for new in (_secret(asked, each) for each in said):
            yield from asked_findings(asking, asked, "secrets", new, None, True, what, at)
            for old in had:
                yield from asked_findings(asking, asked, "secrets", new, old, True, f"a change to {what}", at)


def _secret(asked: Class, annotations: Mapping[str, str]) -> Data:
    metadata = {"name": "probe", "namespace": asked.name, "annotations": dict(annotations)}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": _TOKEN}


def rail_findings(asking: Asking, found: tuple[Class, ...], profile: Profile) -> Iterator[Finding]:
    """Who does not deliver the output changes nothing by which a namespace's pods are judged.

    Of the namespaces one that says the most is asked about in full, and of every class one thing.
    """
    objects = {each.name: each for each in asking.written.of("Namespace")}
    prefixes = (*_RAILS, _SIGSTORE) if profile.images.verifier == "sigstore" else _RAILS
    rails = {each: list(_changes(objects[each.name], prefixes)) for each in found if each.name in objects and each.zone}
    most = max(rails, key=lambda each: len(rails[each]), default=None)
    for each, changes in rails.items():
        for what, before, after in changes if each is most else changes[:1]:
            for resource in _NAMESPACES if each is most else _NAMESPACES[:1]:
                says = f"a change of {what} of the namespace by {resource}"
                yield from asked_findings(asking, each, resource, after, before, True, says, each.at)


def _changes(namespace: Object, rails: tuple[str, ...]) -> Iterator[tuple[str, Data, Data]]:
    """What a namespace loses, one by one: what it is called, the namespace with it, and without."""
    metadata = dict(namespace.data["metadata"])
    before = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    for field, what in (("labels", "label"), ("annotations", "annotation")):
        for key in sorted(metadata.get(field) or ()):
            if key.startswith(rails):
                yield f"{what} {key}", before, _without(before, field, key)


def _without(namespace: Data, field: str, key: str) -> Data:
    kept = {name: value for name, value in namespace["metadata"][field].items() if name != key}
    return namespace | {"metadata": namespace["metadata"] | {field: kept}}


def _service(asked: Class, spec: Data) -> Data:
    metadata = {"name": "probe", "namespace": asked.name}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}


def asked_findings(
    asking: Asking,
    asked: Class,
    resource: str | Resource,
    new: Data,
    old: Data | None,
    wrong: bool,
    what: str,
    at: KeyPath,
) -> Iterator[Finding]:
    """One finding at most: whoever gets through with what is wrong, or is refused what is not."""
    for user in asking.users(asked.name, resource) if wrong else ((SOMEBODY, EVERYBODY),):
        judged = asking.judge(asked.name, resource, "UPDATE" if old else "CREATE", new, old, user)
        if judged is None or bool(judged.refusals) == wrong:
            continue
        if wrong:
            message = f"in {asked} {what} is let through{_by(user)}, and nothing refuses it"
            yield Finding(word="pods", file=POLICIES, message=message, at=at)
        else:
            by = judged.refusals[0]
            message = f"in {asked} {what} is refused: {by.message}"
            yield Finding(word="pods", file=by.policy.file, line=by.line, object=str(by.policy), message=message, at=at)
        return


def _by(user: User) -> str:
    name, groups = user
    return f" for {name}" if name != SOMEBODY else f" for the group {groups[0]}" if groups != EVERYBODY else ""
