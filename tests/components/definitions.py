"""Custom resource definitions, installed so that their kinds can be used at once."""

import time

import yaml

from tests.components.client import Client, Object, RefusedError

_SECONDS = 60


def install(admin: Client, manifests: list[str]) -> None:
    """Apply definitions, and wait until the server serves each of their kinds in each of their versions."""
    for manifest in manifests:
        admin.apply(manifest)
    deadline = time.monotonic() + _SECONDS
    for manifest in manifests:
        while not _served(admin, yaml.load(manifest, yaml.CSafeLoader)):
            assert time.monotonic() < deadline, f"not served after {_SECONDS} s: {manifest[:200]}"
            time.sleep(0.05)


def _served(admin: Client, definition: Object) -> bool:
    """Whether discovery lists the kind. The definition's own condition, Established, is true a moment earlier."""
    specification = definition["spec"]
    versions = [version["name"] for version in specification["versions"] if version["served"]]
    try:
        return all(
            admin.serves(f"{specification['group']}/{version}", specification["names"]["kind"]) for version in versions
        )
    except RefusedError:
        return False
