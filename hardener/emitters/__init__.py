"""Plan -> files. One module for each word; each offers `emit(plan)` and owns the templates of its name.

To add an output: write `emitters/<name>.py` and `templates/<name>.yaml.j2`, then name it in EMITTERS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hardener.artifact import Artifact
from hardener.emitters import (
    access,
    asked,
    audit,
    confinement,
    images,
    kustomization,
    namespaces,
    network,
    nodes,
    pods,
    quotas,
    runtime,
    secrets,
    serving,
    settings,
    tokens,
)
from hardener.plan import Plan

Emitter = Callable[[Plan], Iterator[Artifact]]

EMITTERS: tuple[Emitter, ...] = (
    namespaces.emit,
    pods.emit,
    quotas.emit,
    network.emit,
    access.emit,
    tokens.emit,
    nodes.emit,
    confinement.emit,
    settings.emit,
    secrets.emit,
    serving.emit,
    audit.emit,
    runtime.emit,
    images.emit,
    asked.emit,
)


def emit(plan: Plan) -> tuple[Artifact, ...]:
    """Every file that the plan calls for, by path."""
    artifacts = [artifact for emitter in EMITTERS for artifact in emitter(plan)]
    artifacts += kustomization.emit(plan, artifacts)
    return tuple(sorted(artifacts, key=lambda artifact: artifact.path))
