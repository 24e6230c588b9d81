"""What kube-bench would say of rendered files: its own expectations (tests/facts/benches.yaml), by its own rules.

A check is of items, all of which must hold, or any. An item names a flag, and for kubelets also a path in their file,
which counts where there is no such flag (check/test.go of kube-bench).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

FACTS = yaml.safe_load((Path(__file__).parent / "facts" / "benches.yaml").read_text())
_FILES = {
    "apiserver": "control-plane/kube-apiserver.flags",
    "controller-manager": "control-plane/kube-controller-manager.flags",
    "scheduler": "control-plane/kube-scheduler.flags",
    "etcd": "control-plane/etcd.flags",
}
_ENCRYPTION = "control-plane/encryption-configuration.yaml"
_BY_NAME = {"cis-2.0": "cis-1.12", "cis-2.1": "cis-1.12", "cis-k3s-1.12": "cis-1.12", "cis-rke2-1.12": "cis-1.12"}


def verdicts(framework: str, files: Mapping[str, str]) -> dict[str, bool]:
    """Whether each check passes that can be made from these files, by the id of its control."""
    known = FACTS[_BY_NAME.get(framework, framework)]
    found = ((id, [*_judged(check, files)]) for id, check in known.items())
    return {id: all(passed) for id, passed in found if passed}


def _judged(check: Mapping[str, Any], files: Mapping[str, str]) -> Iterator[bool]:
    """A verdict for each host that the check is made on; none where nothing of it is rendered."""
    for flags, data in _hosts(check["component"], files):
        if "all_of" in check:
            yield all(_holds(item, flags, data, files) for item in check["all_of"])
        else:
            yield any(_holds(item, flags, data, files) for item in check["any_of"])


def _hosts(component: str, files: Mapping[str, str]) -> Iterator[tuple[dict[str, str], Any]]:
    if component == "kubelet":
        for path in files:
            if path.startswith("nodes/") and path.endswith("/kubelet.yaml"):
                flags = files.get(path.replace("kubelet.yaml", "kubelet.flags"), "")
                yield _flags(flags), yaml.safe_load(files[path])
    elif _FILES.get(component) in files:
        yield _flags(files[_FILES[component]]), {}


def _flags(text: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in text.splitlines())


def _holds(item: Mapping[str, Any], flags: Mapping[str, str], data: Any, files: Mapping[str, str]) -> bool:
    value = flags.get(item["flag"])
    if item["flag"] == "provider":
        value = _first_providers(files)
    elif value is None and "path" in item:
        value = _at(data, item["path"])
    if item.get("set") is False:
        return value is None
    return value is not None and _compares(item.get("op"), value, item.get("value"))


def _first_providers(files: Mapping[str, str]) -> str | None:
    """The first provider of everything that is encrypted, as the check cuts it out of the file."""
    if _ENCRYPTION not in files:
        return None
    resources = yaml.safe_load(files[_ENCRYPTION])["resources"]
    return ",".join(sorted({next(iter(each["providers"][0])) for each in resources}))


def _at(data: Any, path: str) -> str | None:
    """What stands at a JSONPath, as text; a list as its items and commas."""
    steps = path.removeprefix("{range ").partition("[:]")[0].strip("{}.").split(".")
    for step in steps:
        if not isinstance(data, dict) or step not in data:
            return None
        data = data[step]
    if isinstance(data, list):
        return ",".join(map(str, data))
    return str(data).lower() if isinstance(data, bool) else str(data)


def _compares(op: str | None, value: str, expected: Any) -> bool:
    wanted = str(expected).lower() if isinstance(expected, bool) else str(expected)
    if op == "gte":
        return int(value) >= int(wanted)
    by_op = {
        None: True,
        "eq": value.lower() == wanted,
        "noteq": value.lower() != wanted,
        "has": wanted in value,
        "nothave": wanted not in value,
        "valid_elements": {*filter(None, value.split(","))} <= {*wanted.split(",")},
    }
    return by_op[op]
