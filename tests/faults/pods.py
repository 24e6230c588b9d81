"""Faults in who is held to which Pod Security level: by labels, by what is exempt, by what holds without a label."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.rendering import written
from tests.verifying import Fault, add, change, edit

_CARDS = "manifests/namespaces/payments/namespace.yaml"
_SCADA = "manifests/namespaces/scada/"
_POLICIES = "manifests/cluster/pods.yaml"
_NODES = "manifests/cluster/nodes.yaml"
_CONFIGURATION = "control-plane/admission-configuration.yaml"
_SERVER = "control-plane/kube-apiserver.flags"
_ENFORCED = "    pod-security.kubernetes.io/enforce: restricted\n"
_PINNED = "    pod-security.kubernetes.io/enforce-version: v1.34\n"
_SANDBOX = """\
apiVersion: v1
kind: Namespace
metadata:
  name: sandbox
  labels:
    pod-security.kubernetes.io/enforce: privileged
"""
_CHOOSES = "whoever makes it chooses"
_UNSKIPPED = {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]}
# A zone that asks for everything that PodSecurityPolicies can refuse.
_SPECIAL = written(
    """
zones:
  special:
    trust: 50
    podSecurity: baseline
    runtimeClass: gvisor
    seccomp: RuntimeDefault
    appArmor: RuntimeDefault
    seLinux: {type: container_t, level: "s0:c1,c2"}
    capabilities: [NET_BIND_SERVICE]
tenants:
  team:
    namespaces:
      special: {zone: special}
""",
    version="1.24",
)


def _special(name: str, says: str, how: Callable[[dict[str, Any]], object]) -> Fault:
    """A change of the PodSecurityPolicy of that zone."""
    return Fault(name, _SPECIAL, "pods", says, change(_POLICIES, "PodSecurityPolicy", "hardener-zone-special", how))


def _profiles(of: str, more: str) -> Callable[[dict[str, Any]], object]:
    """More profiles that a PodSecurityPolicy allows."""

    def how(policy: dict[str, Any]) -> None:
        (key,) = (each for each in policy["metadata"]["annotations"] if of in each and "allowed" in each)
        policy["metadata"]["annotations"][key] += f",{more}"

    return how


def _chosen(name: str, policy: str, how: dict[str, Any], path: str = _POLICIES, says: str = _CHOOSES) -> Fault:
    """A policy that judges no pods, and holds for what has a name or labels that whoever makes it chooses."""

    def change_(it: dict[str, Any]) -> None:
        rules = it["spec"]["matchConstraints"]["resourceRules"]
        for field, value in how.items():
            if field == "resourceNames":
                rules[0][field] = value
            else:
                excluded = [deepcopy({**rules[0], **value})]
                it["spec"]["matchConstraints"][field] = excluded if field == "excludeResourceRules" else value

    return Fault(name, "shop-prod", "pods", says, change(path, "ValidatingAdmissionPolicy", policy, change_))


def _fault(name: str, word: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, word, says, break_)


FAULTS = (
    _fault(
        "a level lowered to none",
        "pods",
        "in payments a pod with hostNetwork is admitted",
        edit(_CARDS, _ENFORCED, _ENFORCED.replace("restricted", "privileged")),
    ),
    _fault(
        "a label of a level misspelt",
        "pods",
        "in payments what breaks restricted, and keeps privileged, is not refused",
        edit(_CARDS, _ENFORCED, _ENFORCED.replace("enforce", "enforced")),
    ),
    _fault(
        "a version from before most checks",
        "pods",
        "by the rules of v1.7",
        edit(_CARDS, _PINNED, _PINNED.replace("v1.34", "v1.7")),
    ),
    _fault(
        "an exempt namespace",
        "pods",
        "pods in payments are exempt from Pod Security",
        edit(_CONFIGURATION, "namespaces: [kube-system]", "namespaces: [kube-system, payments]"),
    ),
    _fault(
        "an exempt user",
        "pods",
        "whatever pods emergency@example.com creates are exempt",
        edit(_CONFIGURATION, "usernames: []", "usernames: [emergency@example.com]"),
    ),
    _fault(
        "an exempt controller, and with it everybody",
        "pods",
        "replicaset-controller creates are exempt",
        edit(_CONFIGURATION, "usernames: []", "usernames: ['system:serviceaccount:kube-system:replicaset-controller']"),
    ),
    _fault(
        "an exempt runtime class",
        "pods",
        "pods of the runtime class gvisor are exempt",
        edit(_CONFIGURATION, "runtimeClasses: []", "runtimeClasses: [gvisor]"),
    ),
    _fault(
        "a lower level for who has no label",
        "settings",
        "in a namespace without a label enforce is privileged",
        edit(_CONFIGURATION, "        enforce: restricted\n", "        enforce: privileged\n"),
    ),
    _fault(
        "an older version for who has no label",
        "settings",
        "enforce-version is v1.10",
        edit(_CONFIGURATION, "        enforce-version: v1.34\n", "        enforce-version: v1.10\n"),
    ),
    _fault(
        "Pod Security configured elsewhere",
        "pods",
        "PodSecurity is configured by /dev/null",
        edit(_CONFIGURATION, "  - name: PodSecurity\n", "  - name: PodSecurity\n    path: /dev/null\n"),
    ),
    _fault(
        "a privileged namespace of nobody's",
        "namespaces",
        "knows no namespace sandbox",
        add("manifests/namespaces/sandbox/namespace.yaml", _SANDBOX),
    ),
    _fault(
        "Pod Security switched off",
        "settings",
        "--disable-admission-plugins",
        edit(_SERVER, "--enable-admission", "--disable-admission-plugins=PodSecurity\n--enable-admission"),
    ),
    _fault(
        "a field of a PodSecurityPolicy that nobody knows",
        "pods",
        "unknown field `hostIpc`",
        change(
            _POLICIES, "PodSecurityPolicy", "hardener-restricted", lambda policy: policy["spec"].update(hostIpc=True)
        ),
        "legacy",
    ),
    _fault(
        "a PodSecurityPolicy that completes no more",
        "pods",
        "in scada (and 1 more like it) a pod as its zone asks for is refused",
        change(
            _POLICIES, "PodSecurityPolicy", "hardener-restricted", lambda policy: policy["metadata"].pop("annotations")
        ),
        "legacy",
    ),
    _fault(
        "the use of a weaker PodSecurityPolicy",
        "access",
        "can use podsecuritypolicies.policy named hardener-privileged in scada",
        edit(
            f"{_SCADA}pods.yaml",
            "  name: hardener:pods:restricted\nsubjects",
            "  name: hardener:pods:privileged\nsubjects",
        ),
        "legacy",
    ),
    _fault(
        "a level lowered beside its PodSecurityPolicy",
        "pods",
        "in scada what breaks restricted, and keeps baseline, is not refused",
        edit(f"{_SCADA}namespace.yaml", _ENFORCED, _ENFORCED.replace("restricted", "baseline")),
        "legacy",
    ),
    _special(
        "a capability more in a PodSecurityPolicy",
        "container main adds CHOWN",
        lambda policy: policy["spec"]["allowedCapabilities"].append("CHOWN"),
    ),
    _special(
        "a seccomp profile more in a PodSecurityPolicy",
        "web.json Localhost seccompProfile",
        _profiles("seccomp", "localhost/web.json"),
    ),
    _special(
        "an AppArmor profile more in a PodSecurityPolicy",
        "web Localhost appArmorProfile",
        _profiles("apparmor", "localhost/web"),
    ),
    _special(
        "a runtime class more in a PodSecurityPolicy",
        "the runtime class kata",
        lambda policy: policy["spec"]["runtimeClass"]["allowedRuntimeClassNames"].append("kata"),
    ),
    _special(
        "another runtime class by default in a PodSecurityPolicy",
        "the runtime class kata",
        lambda policy: policy["spec"]["runtimeClass"].update(
            defaultRuntimeClassName="kata", allowedRuntimeClassNames=["gvisor", "kata"]
        ),
    ),
    _special(
        "other SELinux options in a PodSecurityPolicy",
        "does not allow SELinux type container_t",
        lambda policy: policy["spec"].update(
            seLinux={"rule": "MustRunAs", "seLinuxOptions": {"type": "spc_t", "level": "s0"}}
        ),
    ),
    _special(
        "any SELinux options in a PodSecurityPolicy",
        "seLinuxOptions",
        lambda policy: policy["spec"].update(seLinux={"rule": "RunAsAny"}),
    ),
    _chosen("Services without a label judged alone", "hardener-pods-services", {"objectSelector": _UNSKIPPED}),
    _chosen("external IPs with a label let pass", "hardener-pods-external-ips", {"objectSelector": _UNSKIPPED}),
    _chosen("Secrets of one name judged alone", "hardener-pods-token-secrets", {"resourceNames": ["app"]}),
    _chosen(
        "Secrets of one name left out",
        "hardener-pods-token-secrets",
        {"excludeResourceRules": {"resourceNames": ["evil"]}},
    ),
    _chosen(
        "Namespaces of one name left out",
        "hardener-pods-namespaces",
        {"excludeResourceRules": {"resourceNames": ["evil"]}},
    ),
    _chosen(
        "changes to Services left out", "hardener-pods-services", {"excludeResourceRules": {}}, says="is let through"
    ),
    _chosen("bindings with a label let pass", "hardener-nodes-bindings", {"objectSelector": _UNSKIPPED}, _NODES),
)
