"""Faults in what zones ask of their pods, in Services, Secrets, and in policies that hold for some alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.pods_judged import BODY, ZONES
from tests.rendering import written
from tests.verifying import Fault, Files, add, change, drop, edit

_PODS = "manifests/cluster/pods.yaml"
_POLICY = "ValidatingAdmissionPolicy"
_BINDING = "ValidatingAdmissionPolicyBinding"
_PAYMENTS = "manifests/namespaces/payments/namespace.yaml"
_CONFIGURATION = "control-plane/admission-configuration.yaml"
_FLAGS = "control-plane/kube-apiserver.flags"
_ALLOWING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: "hardener:pods:privileged", namespace: historian}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "hardener:pods:privileged"}
subjects: [{kind: Group, name: "system:serviceaccounts:historian", apiGroup: rbac.authorization.k8s.io}]
"""
_STRICTER = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: more}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
  validations: [{expression: "!has(object.spec.volumes)"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: more}
spec: {policyName: more, validationActions: [Deny]}
"""


def zones(*kept: str) -> str:
    """A profile with some of the zones that each ask for one thing, and their namespaces."""
    others = set(ZONES) - set(kept)
    lines = [line for line in BODY.splitlines(True) if line.split(":")[0].strip() not in others or "zone" in line[:6]]
    privileged = [line.split(":")[0].strip() for line in lines if "podSecurity: privileged" in line]
    accepted = "".join(
        f"  - {{rule: zone.privileged, at: zones.{zone}, reason: policies alone, owner: ops, expires: 2030-01-01}}\n"
        for zone in privileged
    )
    return f"{written(''.join(lines), version='1.36')}exceptions:\n{accepted}"


def _without(word: str, zone: str) -> Callable[[Files], None]:
    """A policy of a zone without the validations that speak of something."""

    def how(policy: dict[str, Any]) -> None:
        asked = policy["spec"]["validations"]
        policy["spec"]["validations"] = [each for each in asked if word not in each["expression"]] or [
            {"expression": "true"}
        ]
        assert policy["spec"]["validations"] != asked

    return change(_PODS, _POLICY, f"hardener-pods-zone-{zone}", how)


def _told(old: str, new: str, zone: str) -> Callable[[Files], None]:
    """A policy of a zone with another text in its expressions."""

    def how(policy: dict[str, Any]) -> None:
        before = str(policy)
        for each in (*policy["spec"]["validations"], *policy["spec"].get("variables", ())):
            each["expression"] = each["expression"].replace(old, new)
        assert str(policy) != before

    return change(_PODS, _POLICY, f"hardener-pods-zone-{zone}", how)


def _spec(kind: str, name: str, **fields: Any) -> Callable[[Files], None]:
    return change(_PODS, kind, name, lambda object: object["spec"].update(fields))


def _but_in(binding: str, *namespaces: str) -> Callable[[Files], None]:
    """A binding that holds in all namespaces but some."""
    others = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [*namespaces]}
    return _spec(_BINDING, binding, matchResources={"namespaceSelector": {"matchExpressions": [others]}})


def _switched_off(plugin: str) -> Callable[[Files], None]:
    def break_(files: Files) -> None:
        edit(_FLAGS, f",{plugin},", ",")(files)
        files[_FLAGS] += f"--disable-admission-plugins={plugin}\n"

    return break_


def _fault(name: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "pods", says, break_)


FAULTS = (
    _fault(
        "registries not asked",
        "breaks what zone registries asks for: the image",
        _without("otherImages", "registries"),
        zones("registries"),
    ),
    _fault(
        "digests not asked",
        "breaks what zone digests asks for: the image",
        _without("taggedImages", "digests"),
        zones("digests"),
    ),
    _fault(
        "runtime class not asked",
        "breaks what zone runtimes asks for: the runtime class",
        _without("runtimeClass", "runtimes"),
        zones("runtimes"),
    ),
    _fault(
        "user namespaces not asked",
        "zone users asks for: hostUsers is not false",
        _without("hostUsers", "users"),
        zones("users"),
    ),
    _fault("capabilities not asked", "zone bare asks for", _without("otherCapabilities", "bare"), zones("bare")),
    _fault("seccomp not asked", "zone seccomp asks for", _without("otherSeccomp", "seccomp"), zones("seccomp")),
    _fault("AppArmor not asked", "zone apparmor asks for", _without("otherAppArmor", "apparmor"), zones("apparmor")),
    _fault("SELinux not asked", "zone selinux asks for", _without("otherSeLinux", "selinux"), zones("selinux")),
    _fault(
        "tokens not asked",
        "a token of the service account default",
        _without("variables.tokens", "plain"),
        zones("plain"),
    ),
    _fault(
        "a token of an account that has none",
        "a token of the service account idle",
        edit("manifests/namespaces/plain/namespace.yaml", "reader,writer", "reader,writer,idle"),
        zones("plain"),
    ),
    _fault(
        "another registry",
        "the image evil.example/",
        _told("['docker.io/library/']", "['docker.io/library/', 'evil.example/']", "hub"),
        zones("hub"),
    ),
    _fault(
        "a registry without its end",
        "the image registry.example.com/cards@",
        _told("'registry.example.com/cards/'", "'registry.example.com/cards'", "cards"),
    ),
    _fault(
        "another capability",
        "adds SYS_ADMIN",
        _told("'KILL'", "'KILL', 'SYS_ADMIN'", "capabilities"),
        zones("capabilities"),
    ),
    _fault(
        "another runtime class",
        "the runtime class kata",
        _told("== 'gvisor'", "in ['gvisor', 'kata']", "runtimes"),
        zones("runtimes"),
    ),
    _fault(
        "another seccomp profile",
        "seccompProfile",
        _told("== 'web.json'", "in ['web.json', 'open.json']", "seccomp"),
        zones("seccomp"),
    ),
    _fault(
        "init containers forgotten",
        "as an init container",
        _told("object.spec.?initContainers.orValue([])", "[]", "bare"),
        zones("bare"),
    ),
    _fault(
        "added containers forgotten",
        "added while it runs",
        _told("object.spec.?ephemeralContainers.orValue([])", "[]", "registries"),
        zones("registries"),
    ),
    _fault(
        "all but one container forgotten",
        "breaks what zone registries asks for",
        _told(
            "variables.otherImages.size() == 0",
            "variables.otherImages.size() < 2 && !(variables.written[0] in variables.otherImages)",
            "registries",
        ),
        zones("registries"),
    ),
    _fault(
        "privileged containers forgotten",
        "is privileged",
        _told("c.?securityContext.?privileged.orValue(false)", "false", "seccomp"),
        zones("seccomp"),
    ),
    _fault(
        "changes forgotten",
        "changed while it runs",
        _told(
            "request.operation == 'UPDATE' && object.spec == oldObject.spec", "request.operation == 'UPDATE'", "cards"
        ),
    ),
    _fault(
        "a policy removed",
        "the policy hardener-pods-zone-cards is not there",
        drop(_PODS, "hardener-pods-zone-cards", _POLICY),
    ),
    _fault("a binding removed", "no binding names it", drop(_PODS, "hardener-pods-zone-cards", _BINDING)),
    _fault(
        "a policy that only warns",
        "it does not deny",
        _spec(_BINDING, "hardener-pods-zone-cards", validationActions=["Warn"]),
    ),
    _fault(
        "a policy that fails open",
        "what it cannot judge, it lets pass",
        _spec(_POLICY, "hardener-pods-zone-cards", failurePolicy="Ignore"),
    ),
    _fault(
        "a zone's policy elsewhere",
        "in payments a pod",
        _spec(
            _BINDING,
            "hardener-pods-zone-cards",
            matchResources={"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}},
        ),
    ),
    _fault(
        "a policy for pods without a label",
        "whoever makes it chooses",
        _spec(
            _BINDING,
            "hardener-pods-zone-cards",
            matchResources={"objectSelector": {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]}},
        ),
    ),
    _fault(
        "a policy for pods of some names",
        "by its name",
        change(
            _PODS,
            _POLICY,
            "hardener-pods-zone-cards",
            lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(resourceNames=["web"]),
        ),
    ),
    _fault(
        "a policy for new pods alone",
        "changed while it runs",
        change(
            _PODS,
            _POLICY,
            "hardener-pods-zone-cards",
            lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(operations=["CREATE"]),
        ),
    ),
    _fault(
        "a policy that leaves a group out",
        "it asks for userInfo",
        _spec(
            _POLICY,
            "hardener-pods-zone-cards",
            matchConditions=[{"name": "ours", "expression": "!('friends' in request.userInfo.groups)"}],
        ),
    ),
    _fault(
        "a policy that leaves a label out",
        "it asks for labels",
        _told(
            "variables.otherImages.size() == 0",
            "variables.otherImages.size() == 0 || has(object.metadata.labels)",
            "cards",
        ),
    ),
    _fault(
        "a policy that leaves a container out",
        "it asks for name",
        _told(
            "variables.images.filter(i,",
            "object.spec.containers.exists(c, c.name == 'proxy') ? [] : variables.images.filter(i,",
            "cards",
        ),
    ),
    _fault(
        "a policy that nobody can read",
        "not understood",
        _told("variables.otherImages.size()", "variables.otherImages.length()", "cards"),
    ),
    _fault(
        "a policy that refuses what is promised",
        "is refused, and keeps all that zone",
        add(_PODS, _STRICTER),
        zones("plain"),
    ),
    _fault(
        "a field of a policy that nobody knows",
        "paramKind",
        _spec(_POLICY, "hardener-pods-zone-cards", paramKind={"apiVersion": "v1", "kind": "ConfigMap"}),
    ),
    _fault("Pod Security switched off", "what zone cards asks for", _switched_off("PodSecurity")),
    _fault(
        "admission policies switched off",
        "what zone cards asks for",
        edit(
            "control-plane/kube-apiserver.flags",
            "--audit-log-maxage",
            "--disable-admission-plugins=ValidatingAdmissionPolicy\n--audit-log-maxage",
        ),
    ),
    _fault(
        "a user whom Pod Security lets pass",
        "whatever pods somebody-else creates are exempt",
        edit(_CONFIGURATION, "usernames: []", "usernames: [somebody-else]"),
    ),
    _fault(
        "a runtime class that Pod Security lets pass",
        "the runtime class kata are exempt",
        edit(_CONFIGURATION, "runtimeClasses: []", "runtimeClasses: [kata]"),
    ),
    _fault(
        "a namespace that Pod Security lets pass",
        "pods in payments are exempt",
        edit(_CONFIGURATION, "namespaces: [kube-system]", "namespaces: [kube-system, payments]"),
    ),
    _fault(
        "Services opened",
        "a Service of the type",
        _but_in("hardener-pods-services", "ingress", "kube-system", "shop-web", "payments"),
    ),
    _fault(
        "Services opened for strangers",
        "in sandbox a Service of the type NodePort",
        _but_in("hardener-pods-services", "ingress", "kube-system", "shop-web", "sandbox"),
    ),
    _fault(
        "Services closed where they are open",
        "a Service of the type NodePort is refused",
        _spec(_BINDING, "hardener-pods-services", matchResources={}),
    ),
    _fault(
        "Services opened for a group",
        "for the group friends",
        _spec(
            _POLICY,
            "hardener-pods-services",
            matchConditions=[{"name": "ours", "expression": "!('friends' in request.userInfo.groups)"}],
        ),
    ),
    _fault("external IPs", "in the status of a Service", drop(_PODS, "hardener-pods-external-ips", _BINDING)),
    _fault(
        "external IPs at a provider",
        "a Service with external IPs",
        change(_PODS, _POLICY, "hardener-pods-external-ips", lambda it: it["spec"]["validations"].pop(0)),
        "managed",
    ),
    _fault(
        "Secrets with tokens",
        "a Secret with a token of default that never ends",
        _spec(_POLICY, "hardener-pods-token-secrets", validations=[{"expression": "true"}]),
    ),
    _fault(
        "guard rails for everybody",
        "a change of label",
        _spec(_POLICY, "hardener-pods-namespaces", validations=[{"expression": "true"}]),
    ),
    _fault(
        "guard rails by one way alone",
        "by namespaces/finalize",
        change(
            _PODS,
            _POLICY,
            "hardener-pods-namespaces",
            lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(
                resources=["namespaces", "namespaces/status"]
            ),
        ),
    ),
    _fault(
        "a namespace without guard rails",
        "of the namespace by namespaces",
        _but_in("hardener-pods-namespaces", "payments"),
    ),
    _fault(
        "a PodSecurityPolicy of another level",
        "what zone plant asks for",
        lambda files: (
            add("manifests/namespaces/historian/pods.yaml", _ALLOWING)(files),
            edit("manifests/namespaces/historian/namespace.yaml", "enforce: restricted", "enforce: privileged")(files),
        ),
        "legacy",
    ),
)
