"""What in a folder of output decides on pods, by namespace, and which plugins of the API server are on.

Written after pkg/kubeapiserver/options/plugins.go and staging/src/k8s.io/apiserver/pkg/admission/config.go in
Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from hardener.errors import ProfileError
from hardener.verify import Finding
from hardener.verify.access.rbac import Grants, grants
from hardener.verify.admission.policies import Policies
from hardener.verify.admission.request import Namespace
from hardener.verify.answer import Reason
from hardener.verify.flags import API_SERVER, flag
from hardener.verify.objects import NotUnderstoodError, Object
from hardener.verify.written import Written

# The plugins that decide on pods, in the order in which the API server asks them, and since when each is on by itself.
# A plugin without a minor is off unless a flag turns it on.
ORDER: Final[Mapping[str, int | None]] = {
    "NamespaceLifecycle": 0,
    "SecurityContextDeny": None,
    "LimitPodHardAntiAffinityTopology": None,
    "LimitRanger": 0,
    "ServiceAccount": 0,
    "NodeRestriction": None,
    "AlwaysPullImages": None,
    "ImagePolicyWebhook": None,
    "PodSecurity": 23,
    "PodSecurityPolicy": None,
    "PodNodeSelector": None,
    "Priority": 0,
    "DefaultTolerationSeconds": 0,
    "PodTolerationRestriction": None,
    "ExtendedResourceToleration": None,
    "RuntimeClass": 0,
    "MutatingAdmissionPolicy": 36,
    "MutatingAdmissionWebhook": 0,
    "ValidatingAdmissionPolicy": 30,
    "ValidatingAdmissionWebhook": 0,
    "ResourceQuota": 0,
    "AlwaysDeny": None,
}
# Those that have nothing to do with pods being created: pkg/kubeapiserver/options/plugins.go.
_OTHERS: Final = frozenset(
    [
        *("AlwaysAdmit", "NamespaceAutoProvision", "NamespaceExists", "TaintNodesByCondition", "EventRateLimit"),
        *("DefaultStorageClass", "StorageObjectInUseProtection", "PodGroupProtection", "PersistentVolumeLabel"),
        *("OwnerReferencesPermissionEnforcement", "PersistentVolumeClaimResize", "CertificateApproval"),
        *("CertificateSigning", "ClusterTrustBundleAttest", "CertificateSubjectRestriction", "DefaultIngressClass"),
        *("DenyServiceExternalIPs", "PodTopologyLabels", "NodeDeclaredFeatureValidator", "PodResizeValidator"),
    ]
)
# On hosts, the files of control-plane/ stand in this folder.
_INSTALLED: Final = "/etc/kubernetes/hardener/"
_FOLDER: Final = "control-plane/"
_CONFIGURATION: Final = "admission-control-config-file"


class Cluster:
    """What a folder of output says of admission, for an API server of 1.`minor`."""

    def __init__(self, written: Written, minor: int) -> None:
        """Reads nothing yet."""
        self.written = written
        self.minor = minor

    def namespace(self, name: str) -> Namespace:
        """A namespace; one that is not in the folder says nothing of itself."""
        object = self._namespaces.get(name)
        labels = self.written.namespaces().get(name, {"kubernetes.io/metadata.name": name})
        return Namespace(name=name, labels=labels, annotations=object.annotations if object else {}, object=object)

    def within(self, kind: str, namespace: str) -> list[Object]:
        """The objects of a kind in a namespace."""
        if kind not in self._within:
            found: dict[str, list[Object]] = {}
            for each in self.written.of(kind):
                found.setdefault(each.namespace, []).append(each)
            self._within[kind] = found
        return self._within[kind].get(namespace, [])

    @cached_property
    def plugins(self) -> frozenset[str]:
        """The plugins that are on and have to do with pods, or of which nobody here knows."""
        on = {name for name, since in ORDER.items() if since is not None and since <= self.minor}
        turned_on, turned_off = (
            set(said.values) if (said := flag(self.written, API_SERVER, f"{word}-admission-plugins")) else set()
            for word in ("enable", "disable")
        )
        return frozenset((on - turned_off) | turned_on) - _OTHERS

    @cached_property
    def configuration(self) -> Mapping[str, Any]:
        """What the API server is told of each plugin by its name. Raises UnreadableError."""
        if self.configuration_file not in self.written.files:
            return {}
        try:
            data = self.written.config(self.configuration_file)
        except ProfileError as error:
            raise UnreadableError(self.configuration_file, error.problems[0].what, error.problems[0].line) from error
        plugins = data.get("plugins") if isinstance(data, dict) else None
        if not isinstance(plugins, list) or not all(isinstance(one, dict) and "name" in one for one in plugins):
            raise UnreadableError(self.configuration_file, "this is no AdmissionConfiguration with plugins by name")
        return {one["name"]: self._of_plugin(one) for one in plugins}

    def _of_plugin(self, plugin: Mapping[str, Any]) -> Any:
        if not plugin.get("path"):
            return plugin.get("configuration")
        path = _FOLDER + str(plugin["path"]).removeprefix(_INSTALLED).removeprefix("./")
        if path not in self.written.files:
            raise UnreadableError(self.configuration_file, f"{plugin['name']} is configured by {plugin['path']}")
        return self.written.config(path)

    @cached_property
    def configuration_file(self) -> str:
        """The path in the folder of what configures the plugins; empty where the API server is given none."""
        said = flag(self.written, API_SERVER, _CONFIGURATION)
        return _FOLDER + said.values[-1].removeprefix(_INSTALLED) if said and said.values else ""

    def configured(self, message: str) -> Reason:
        """A reason that lies in what configures the plugins, or in what is so by default."""
        if self.configuration_file not in self.written.files:
            return Reason(message=message)
        return Reason(message=message, file=self.configuration_file)

    @cached_property
    def policies(self) -> Policies:
        """Its admission policies."""
        return Policies.read(self.written, self.minor)

    @cached_property
    def grants(self) -> Grants:
        """Who may do what."""
        return grants(self.written, f"1.{self.minor}")[0]

    @cached_property
    def _namespaces(self) -> Mapping[str, Object]:
        return {each.name: each for each in self.written.of("Namespace")}

    @cached_property
    def _within(self) -> dict[str, dict[str, list[Object]]]:
        return {}


class UnreadableError(NotUnderstoodError):
    """A configuration with which no API server would start, or that says what we do not know."""

    def __init__(self, file: str, message: str, line: int = 0) -> None:
        """Carry the place."""
        self.file, self.message, self.line = file, message, line
        super().__init__(Finding(word="pods", file=file, line=line, message=message))
