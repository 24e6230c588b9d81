"""What kubeadm is told: the same arguments, and the files that the API server's container must see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, normpath
from typing import Final, NamedTuple

from hardener.catalog import api_version, minor, settings
from hardener.profile import Profile
from hardener.profile.pools import Kubelet
from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError, Object, finding, shaped
from hardener.verify.settings.arguments import Told
from hardener.verify.settings.chosen import FOLDER, LOG_FOLDER
from hardener.verify.settings.connections import host_files
from hardener.verify.settings.demands import word_of
from hardener.verify.settings.documents import documents, lines
from hardener.verify.settings.flag_files import of_list
from hardener.verify.settings.kubeadm_shapes import ClusterConfiguration, InitConfiguration, Volume
from hardener.verify.settings.kubelet import configuration

FILE: Final = "control-plane/kubeadm.yaml"
_CLUSTER: Final = "ClusterConfiguration"
_INIT: Final = "InitConfiguration"
_KUBELET: Final = "KubeletConfiguration"
# From v1beta4 on arguments are a list, and a mapping before; kubeadm patches kubelets from 1.25, and drop-ins take the
# place of patches at 1.30.
_LISTS_SINCE: Final = 31
_PATCHED: Final = range(25, 30)
# Where each component's arguments stand.
_COMPONENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kube-apiserver": ("apiServer", "extraArgs"),
    "kube-controller-manager": ("controllerManager", "extraArgs"),
    "kube-scheduler": ("scheduler", "extraArgs"),
    "etcd": ("etcd", "local", "extraArgs"),
}
# What kubeadm brings into the API server's container itself (cmd/kubeadm/app/phases/controlplane/volumes.go).
_MOUNTED: Final = ("/etc/kubernetes/pki", "/etc/ca-certificates", "/etc/ssl/certs", "/usr/share/ca-certificates")


class _Needed(NamedTuple):
    """A path of the host that the API server must see, who names it, and whose promise that is."""

    path: str
    by: str
    word: str = "settings"
    written: bool = False


def told(files: Mapping[str, str], profile: Profile) -> tuple[dict[str, Told], list[Finding]]:
    """The arguments of each component, and what of them cannot be read."""
    found, _ = documents(files, FILE)
    arguments: dict[str, Told] = {}
    findings: list[Finding] = []
    for document in (each for each in found if each.kind == _CLUSTER):
        line = lines(document.text, document.file, document.line)
        for component, path in _COMPONENTS.items():
            given = _given(document, path)
            if isinstance(given, dict) == (minor(profile.cluster.kubernetes) >= _LISTS_SINCE):
                message = f"kubeadm reads no arguments of this form at Kubernetes {profile.cluster.kubernetes}"
                findings.append(finding("settings", document, message, *path))
            listed = [(argument, line(*path, step)) for step, argument in _written(given)]
            arguments[component], wrong = of_list(FILE, line(*path), iter(listed))
            findings += wrong
    return arguments, findings


def rest(files: Mapping[str, str], profile: Profile, told: Mapping[str, Told]) -> Iterator[Finding]:
    """What is wrong with the rest of the file."""
    found, findings = documents(files, FILE)
    yield from findings
    kinds = [each.kind for each in found]
    for document in found:
        if document.kind not in (_CLUSTER, _INIT, _KUBELET) or kinds.count(document.kind) > 1:
            yield finding("settings", document, f"kubeadm is told nothing by this {document.kind or 'document'} here")
    for kind in (_CLUSTER, _KUBELET):
        if kind not in kinds:
            yield Finding(word="settings", file=FILE, message=f"there is no {kind}: kubeadm would choose all of it")
    for document in found:
        try:
            yield from _judged(document, profile, told)
        except NotUnderstoodError as error:
            yield error.finding
    if _INIT not in kinds:
        yield from _unsaid(profile)


def _judged(document: Object, profile: Profile, told: Mapping[str, Told]) -> Iterator[Finding]:
    if document.kind == _KUBELET:
        yield from configuration(document, profile, Kubelet(), "")
        return
    if document.kind not in (_CLUSTER, _INIT):
        return
    version = api_version("kubeadm", minor(profile.cluster.kubernetes))
    if document.api_version != version:
        message = (
            f"{document.api_version} is not what kubeadm reads at Kubernetes {profile.cluster.kubernetes}: {version}"
        )
        yield finding("settings", document, message, "apiVersion")
    if document.kind == _INIT:
        yield from _of_one_host(document, profile, shaped(document, InitConfiguration, "settings"))
        return
    cluster = shaped(document, ClusterConfiguration, "settings")
    yield from _of_all_hosts(document, profile, cluster)
    yield from _volumes(document, profile, cluster.api_server.extra_volumes, told)


def _of_all_hosts(document: Object, profile: Profile, found: ClusterConfiguration) -> Iterator[Finding]:
    cluster = profile.cluster
    if not re.fullmatch(rf"(stable-|v)?{re.escape(cluster.kubernetes)}(\.[0-9]+)?", found.kubernetes_version):
        message = f"kubeadm would install {found.kubernetes_version}, and the profile is for {cluster.kubernetes}"
        yield finding("settings", document, message, "kubernetesVersion", at=("cluster", "kubernetes"))
    wanted = (
        ("controlPlaneEndpoint", found.control_plane_endpoint, cluster.api_server.endpoint or "", "apiServer.endpoint"),
        ("networking.podSubnet", found.networking.pod_subnet, ",".join(cluster.networks.pods), "networks.pods"),
        (
            "networking.serviceSubnet",
            found.networking.service_subnet,
            ",".join(cluster.networks.services),
            "networks.services",
        ),
    )
    for path, value, asked, at in wanted:
        if value != asked:
            message = f"{path} is {value or 'missing'}, and the profile says {asked or 'nothing'}"
            yield finding("settings", document, message, *path.split("."), at=("cluster", *at.split(".")))


def _of_one_host(document: Object, profile: Profile, found: InitConfiguration) -> Iterator[Finding]:
    port = profile.cluster.api_server.port or 6443
    if found.endpoint.bind_port != port:
        message = f"the API server would listen on {found.endpoint.bind_port}, and the profile says {port}"
        yield finding("settings", document, message, "localAPIEndpoint", at=("cluster", "apiServer", "port"))
    patches = found.patches.directory if found.patches else ""
    if patches != _patches(profile):
        message = f"kubeadm would take patches from {patches or 'nowhere'}, and those of this output lie elsewhere"
        yield finding("settings", document, message, "patches")


def _unsaid(profile: Profile) -> Iterator[Finding]:
    """What an InitConfiguration that is not there does not say."""
    missing = []
    if profile.cluster.api_server.port not in (None, 6443):
        missing.append(f"the API server would not listen on {profile.cluster.api_server.port}")
    if _patches(profile):
        missing.append("the patches of kubelets would be read by nobody")
    for what in missing:
        yield Finding(word="settings", file=FILE, message=f"there is no {_INIT}: {what}")


def _patches(profile: Profile) -> str:
    return f"{FOLDER}/patches" if minor(profile.cluster.kubernetes) in _PATCHED else ""


def _volumes(
    document: Object, profile: Profile, volumes: tuple[Volume, ...], told: Mapping[str, Told]
) -> Iterator[Finding]:
    """Every file that the API server is told of is brought in, and nothing else of the host."""
    where = ("apiServer", "extraVolumes")
    needed = {each.path: each for each in _needed(profile, told["kube-apiserver"])}
    for number, volume in enumerate(volumes):
        if message := _strange(volume, set(needed)):
            yield finding("settings", document, message, *where, number)
    for path, need in needed.items():
        if not path.startswith(_MOUNTED) and not any(_brings(volume, need) for volume in volumes):
            written = ", to be written" if need.written else ""
            message = f"no volume brings {path} into the API server's container{written}: {need.by} names it"
            yield finding(need.word, document, message, *where)


def _needed(profile: Profile, told: Told) -> Iterator[_Needed]:
    """Each path of the host that the API server reads or writes."""
    words = {
        each.name: word_of(each.measure)
        for each in settings("kube-apiserver", "flag", minor(profile.cluster.kubernetes))
    }
    for name, argument in told.arguments.items():
        if argument.value.startswith("/"):
            word = words.get(name, "settings")
            yield _Needed(argument.value, f"--{name}", word, written=name == "audit-log-path")
    kms = profile.control_plane.encryption.kms
    if kms is not None:
        yield _Needed(kms.endpoint.removeprefix("unix://"), "the configuration of encryption", "secrets")
    yield from (_Needed(path, "the connection of a webhook") for path in sorted(host_files(profile)))


def _strange(volume: Volume, needed: set[str]) -> str:
    """What is wrong with a volume; empty if nothing is."""
    path = volume.host_path
    if path != volume.mount_path or path != normpath(path):
        return f"{path} of the host would stand at {volume.mount_path} in the container, in the place of another"
    if path not in needed | {dirname(each) for each in needed}:
        return f"nobody knows why the API server's container must see {path} of the host"
    if not volume.read_only and path != LOG_FOLDER:
        return f"the API server's container could write to {path} of the host"
    return ""


def _brings(volume: Volume, needed: _Needed) -> bool:
    same = volume.host_path == volume.mount_path and f"{needed.path}/".startswith(f"{volume.mount_path}/")
    return same and not (needed.written and volume.read_only)


def _given(document: Object, path: tuple[str, ...]) -> object:
    """What stands at a path, whatever it is."""
    found: object = document.data
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _written(given: object) -> Iterator[tuple[str | int, str]]:
    """Each argument as NAME=VALUE, and where it stands. What has another form is found by its shape."""
    if isinstance(given, dict):
        yield from ((str(name), f"{name}={value}") for name, value in given.items())
    elif isinstance(given, list):
        for number, each in enumerate(given):
            if isinstance(each, dict):
                yield number, f"{each.get('name')}={each.get('value')}"
