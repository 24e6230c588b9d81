"""Binaries built from source: the components of Kubernetes and kubeconform."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from functools import cache as once
from pathlib import Path

from tests.components import cache
from tests.components.releases import KUBECONFORM, minor

SOURCE = Path(__file__).parent / "go"
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet-config", "kubectl")
"""Each is a folder of SOURCE with a main package that builds at every release.

To add one: such a folder, its name here, and `python -m tests.components.modules` for what it imports.
"""

# Up to 1.30 Kubernetes brings the clients of five clouds, which take minutes to compile, unless it is told not to.
_FLAGS = ("-buildvcs=false", "-mod=readonly", "-tags=providerless", "-trimpath")


class BuildError(Exception):
    """The Go tool failed. Some of its commands say why on standard output, the others as they go."""


def component(name: str, release: str) -> Path:
    """The binary of a component of Kubernetes at `release`; built first if need be, which takes minutes."""
    modules = modules_file(release)
    inputs = (SOURCE / name / "main.go", modules, modules.with_suffix(".sum"))

    def build(folder: Path) -> None:
        flags = (*_FLAGS, _linking(release), f"-modfile={modules.name}")
        go("build", *flags, "-o", str(folder / name), f"./{name}", within=SOURCE)

    return cache.made(f"{name}-{release}-{_key(_linking(release), inputs)}", build) / name


def kubeconform() -> Path:
    """The binary of kubeconform, which checks manifests against the schemas of Kubernetes."""
    return installed("github.com/yannh/kubeconform/cmd/kubeconform", KUBECONFORM)


def installed(package: str, version: str) -> Path:
    """The binary of a program that the Go tool can install as it is published."""
    name = next(part for part in reversed(package.split("/")) if not re.fullmatch(r"v\d+", part))

    def install(folder: Path) -> None:
        go("install", f"{package}@{version}", within=folder, GOBIN=str(folder))

    return cache.made(f"{name}-{version}-{_key()}", install) / name


def published(name: str, module: str, version: str, checksum: str, inside: str) -> Path:
    """A folder `inside` a Go module, kept by itself since the module around it may be large."""

    def copy(target: Path) -> None:
        told = json.loads(go("mod", "download", "-json", f"{module}@{version}", within=target))
        assert told["Sum"] == checksum
        shutil.copytree(Path(told["Dir"]) / inside, target, dirs_exist_ok=True)

    return cache.made(f"{name}-{version}", copy)


def modules_file(release: str) -> Path:
    """The go.mod that pins `release`; its go.sum lies beside it."""
    return SOURCE / f"kubernetes-{minor(release)}.mod"


def go(*arguments: str, within: Path, **environment: str) -> str:
    """Run the Go tool and give what it prints. Its own messages, such as downloads and errors, pass through.

    Without cgo no C compiler is needed, and a go.work around the repository must not count.
    """
    settings = {"CGO_ENABLED": "0", "GOWORK": "off"} | environment
    run = subprocess.run(("go", *arguments), cwd=within, env=os.environ | settings, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        raise BuildError(f"go {' '.join(arguments)}: {run.stdout or 'see above'}")
    return run.stdout


def _linking(release: str) -> str:
    """Leave symbols out, and have the component know its version, which two packages keep (hack/lib/version.sh)."""
    major, minor_number, _ = release.split(".")
    values = {"gitVersion": f"v{release}", "gitMajor": major, "gitMinor": minor_number}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return "-ldflags=-s -w " + " ".join(f"-X {p}.{name}={value}" for p in packages for name, value in values.items())


def _key(linking: str = "", inputs: tuple[Path, ...] = ()) -> str:
    """What a binary depends on, in twelve characters: the files, the flags and the Go tool."""
    digest = hashlib.sha256(" ".join((*_FLAGS, linking, _go_version())).encode())
    for file in inputs:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


@once
def _go_version() -> str:
    return go("env", "GOVERSION", "GOOS", "GOARCH", within=SOURCE)
