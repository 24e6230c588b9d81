"""The custom resource definitions that the Gateway API publishes, read from its Go module."""

from pathlib import Path

from tests.components import build
from tests.components.releases import GATEWAY_API, GATEWAY_API_SUM


def definitions(*resources: str) -> list[str]:
    """The YAML of the definitions of some resources."""
    found = (folder() / f"gateway.networking.k8s.io_{resource}.yaml" for resource in resources)
    return [file.read_text(encoding="utf-8") for file in found]


def folder() -> Path:
    """Where the definitions lie of what stays."""
    module = "sigs.k8s.io/gateway-api"
    return build.published("gateway-api", module, GATEWAY_API, GATEWAY_API_SUM, "config/crd/standard")
