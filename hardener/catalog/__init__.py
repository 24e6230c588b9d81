"""What hardener knows of the world, as data: Kubernetes' versions, distributions, network plugins, measures.

Each table is a YAML file beside the module that reads it, read when first asked for and kept. What differs between
versions is a range (`since`, `until`, both included), never one copy for each version.
"""

from __future__ import annotations

from hardener.catalog.distribution import Distribution, distribution
from hardener.catalog.kubernetes import api_version, minor, supported
from hardener.catalog.measures import Measure, Setting, measures, settings

__all__ = [
    "Distribution",
    "Measure",
    "Setting",
    "api_version",
    "distribution",
    "measures",
    "minor",
    "settings",
    "supported",
]
