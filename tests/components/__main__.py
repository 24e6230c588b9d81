"""Build everything that the tests need, and say how long it took: `python -m tests.components`."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.components import build, cilium, gateway_api, gitops, runtimes
from tests.components.releases import CILIUM, CONTAINERD, GATEWAY_API, KUBECONFORM, KUBERNETES, RUNTIME_SPEC


def main() -> None:
    """Fetch one after the other: each build uses every core by itself."""
    for release in KUBERNETES:
        for name in build.COMPONENTS:
            _fetch(f"{name} {release}", partial(build.component, name, release))
    _fetch(f"kubeconform {KUBECONFORM}", build.kubeconform)
    _fetch(f"definitions of Cilium {CILIUM}", cilium.folder)
    _fetch(f"definitions of the Gateway API {GATEWAY_API}", gateway_api.folder)
    _fetch(f"seccomp of containerd {CONTAINERD}", runtimes.containerd)
    _fetch(f"schemas of the OCI's runtime {RUNTIME_SPEC}", runtimes.specification)
    _fetch("definitions of Argo CD and Flux", lambda: gitops.folders()[0])


def _fetch(what: str, fetch: Callable[[], Path]) -> None:
    print(f"{what} ...", flush=True)
    start = time.monotonic()
    path = fetch()
    print(f"  {path} ({time.monotonic() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
