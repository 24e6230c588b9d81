"""Write go/kubernetes-*.mod and .sum anew, after a release in `releases` changed: `python -m tests.components.modules`.

A module that uses k8s.io/kubernetes must repeat its replacements, since Go heeds those of the main module alone.
Kubernetes keeps its libraries beside itself (./staging/src/k8s.io/api); from outside they are modules of their own,
at v0.37.1 for v1.37.1.
"""

import json
from collections.abc import Iterable
from typing import Any

from tests.components import build
from tests.components.releases import ALL

_ETCD = "go.etcd.io/etcd/server/v3"


def main() -> None:
    """Write both files of every release. Downloads what the components import."""
    for release in ALL:
        file = build.modules_file(release)
        file.write_text(_text(release), encoding="utf-8")
        file.with_suffix(".sum").unlink(missing_ok=True)
        build.go("list", "-mod=mod", f"-modfile={file.name}", "-deps", "./...", within=build.SOURCE)


def _text(release: str) -> str:
    theirs = _module(release)
    libraries = f"v0.{release.partition('.')[2]}"
    etcd = next(line["Version"] for line in theirs["Require"] if line["Path"] == _ETCD)
    required = (f"{_ETCD} {etcd}", f"k8s.io/component-base {libraries}", f"k8s.io/kubernetes v{release}")
    replaced = [_replacement(line["Old"], line["New"], libraries) for line in theirs["Replace"]]
    head = f"module hardener/tests/components\n\ngo {theirs['Go']}\n"
    return "\n".join((head, _block("require", required), _block("replace", replaced)))


def _block(directive: str, lines: Iterable[str]) -> str:
    return "\n\t".join((f"{directive} (", *lines)) + "\n)\n"


def _replacement(old: dict[str, str], new: dict[str, str], libraries: str) -> str:
    if new["Path"].startswith("./staging/"):
        return f"{old['Path']} => {old['Path']} {libraries}"
    return f"{old['Path']} => {new['Path']} {new['Version']}"


def _module(release: str) -> Any:
    download = build.go("mod", "download", "-json", f"k8s.io/kubernetes@v{release}", within=build.SOURCE)
    return json.loads(build.go("mod", "edit", "-json", json.loads(download)["GoMod"], within=build.SOURCE))


if __name__ == "__main__":
    main()
