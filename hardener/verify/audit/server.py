"""Is the API server told of the policy, and of a place to keep what it records?

A policy that no argument names records nothing; and in a container neither does one that is not brought into it.
Arguments stand in kube-apiserver.flags, for whoever starts the API server by hand, and in the installer's own file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from hardener.catalog import distribution
from hardener.errors import ProfileError
from hardener.profile import Profile
from hardener.source import load_data

FLAGS: Final = "control-plane/kube-apiserver.flags"
_CLUSTER: Final = "ClusterConfiguration"
_POLICY: Final = "audit-policy-file"
_LOG: Final = "audit-log-path"
_WEBHOOK: Final = "audit-webhook-config-file"


class _Told(NamedTuple):
    """What a file tells the API server; `volumes` is None where it runs on the host, or mounts what arguments name."""

    arguments: dict[str, str]
    volumes: list[dict[str, Any]] | None = None


def untold(files: Mapping[str, str], profile: Profile) -> Iterator[tuple[str, str]]:
    """Each file by which an API server would record nothing, or keep nothing, and why."""
    installer = distribution(profile.cluster.distribution).installer
    for file in (FLAGS, f"control-plane/{installer}.yaml"):
        if file not in files:
            yield file, "is not there: nobody tells the API server of the audit policy"
            continue
        try:
            told = _told(installer if file != FLAGS else "", files[file], file)
        except ProfileError as error:
            yield file, f"no API server would start with it: {error}"
            continue
        messages = [*_arguments(told, files, profile), *_volumes(told)]
        yield from ((file, message) for message in messages)


def _told(installer: str, text: str, file: str) -> _Told:
    if not installer:
        return _Told(_pairs(line.removeprefix("--") for line in text.splitlines()))
    if installer == "kubeadm":
        return _of_kubeadm(text, file)
    config = _mapping(load_data(text, file))
    own = {key: value for key, value in config.items() if isinstance(value, str)}
    return _Told(own | _pairs(_listed(config.get("kube-apiserver-arg"), str)))


def _of_kubeadm(text: str, file: str) -> _Told:
    """Of the one document that has them. From v1beta4 on arguments are a list, since one may come twice."""
    documents = [_mapping(load_data(part, file)) for part in text.split("\n---\n")]
    server = next((_mapping(each.get("apiServer")) for each in documents if each.get("kind") == _CLUSTER), {})
    given = server.get("extraArgs")
    arguments = (
        given if isinstance(given, dict) else {each.get("name"): each.get("value") for each in _listed(given, dict)}
    )
    return _Told(
        {str(name): str(value) for name, value in arguments.items()}, _listed(server.get("extraVolumes"), dict)
    )


def _arguments(told: _Told, files: Mapping[str, str], profile: Profile) -> Iterator[str]:
    if not told.arguments.get(_POLICY, "").endswith("/audit-policy.yaml"):
        yield f"{_POLICY} does not name the audit policy: nothing is recorded"
    if not told.arguments.get(_LOG, "").startswith("/"):
        yield f"{_LOG} names no file: what is recorded is not kept on the host"
    if profile.control_plane.audit.webhook is not None:
        name = told.arguments.get(_WEBHOOK, "").rpartition("/")[2]
        if not name or f"control-plane/{name}" not in files:
            yield f"{_WEBHOOK} names no file of the output: what is recorded is not sent"


def _volumes(told: _Told) -> Iterator[str]:
    """What arguments name and the API server's container does not see."""
    if told.volumes is None:
        return
    for name in (_POLICY, _LOG, _WEBHOOK):
        path = told.arguments.get(name, "")
        if path.startswith("/") and not any(_brings(volume, path, name == _LOG) for volume in told.volumes):
            yield f"no volume brings {path} into the API server's container" + (
                ", to be written" if name == _LOG else ""
            )


def _brings(volume: dict[str, Any], path: str, written: bool) -> bool:
    """Does the volume bring the host's own file, or folder, to the same place?"""
    place = str(volume.get("mountPath", ""))
    same = place != "" and place == volume.get("hostPath")
    return same and f"{path}/".startswith(f"{place}/") and not (written and volume.get("readOnly") is True)


def _pairs(arguments: Any) -> dict[str, str]:
    """Arguments by name; of one that comes twice, the last counts."""
    return {name: value for name, _, value in (argument.partition("=") for argument in arguments)}


def _listed(found: Any, kind: type) -> list[Any]:
    return [item for item in found if isinstance(item, kind)] if isinstance(found, list) else []


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
