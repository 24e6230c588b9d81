"""One fault in both files that tell a component something, so that neither gives the other away."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.verifying import Files

_FILE = "control-plane/kubeadm.yaml"
_SECTIONS = {
    "kube-apiserver": "apiServer",
    "kube-controller-manager": "controllerManager",
    "kube-scheduler": "scheduler",
}


def both(flag: str, value: str, component: str = "kube-apiserver") -> Callable[[Files], None]:
    """Say something by a flag where it is started by hand, and where kubeadm starts it (from 1.31)."""

    def break_(files: Files) -> None:
        path = f"control-plane/{component}.flags"
        kept = [line for line in files[path].splitlines() if not line.startswith(f"--{flag}=")]
        files[path] = "".join(f"{line}\n" for line in [*kept, f"--{flag}={value}"])
        above, section, below = files[_FILE].partition(f"\n{_SECTIONS[component]}:\n  extraArgs:\n")
        assert section
        below = re.sub(rf"\A((?:    .*\n)*?)    - name: {flag}\n      value: .*\n", r"\1", below)
        files[_FILE] = f'{above}{section}    - name: {flag}\n      value: "{value}"\n{below}'

    return break_
