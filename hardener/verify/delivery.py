"""What delivers the output, and what it does with an object because of its labels and annotations.

Whatever a deliverer reads there may leave the object out, keep it from being corrected, rename it or make it anew. So
each of their keys is a finding, but for what is known to change neither what is applied nor what becomes of it:

* kustomize: api/konfig/general.go, api/internal/utils/annotations.go and kyaml/kio of its source
* Argo CD: annotations-and-labels.md, sync-options.md and compare-options.md of its docs/user-guide
* Flux: docs/spec/v1/kustomizations.md of kustomize-controller, which asks labels and annotations alike
* Helm's hooks, which Argo CD obeys too; kapp; Config Sync
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from hardener.source import KeyPath

# The ends of the prefixes of their keys: config.k8s.io is that of kustomize.config.k8s.io as well. Of those that are
# left out, the first are links for people, and the second say whose an object is.
_DELIVERERS: Final = re.compile(
    r"(?!link\.argocd\.|meta\.helm\.)(?:.+\.)?(?:config\.kubernetes\.io|config\.k8s\.io|argoproj\.io|fluxcd\.io"
    r"|fluxcd\.controlplane\.io|helm\.sh|kapp\.k14s\.io|configmanagement\.gke\.io|configsync\.gke\.io)"
)
# What only decides when an object is applied, that it is not deleted, or that its text is left alone.
_OPTIONS: Final = (
    r"(Prune|Delete)=(true|false|confirm)|PruneLast=true|ServerSideApply=true|SkipDryRunOnMissingResource=true"
)
_HARMLESS: Final[Mapping[str, str]] = {
    "argocd.argoproj.io/sync-options": rf"\s*({_OPTIONS})\s*(,\s*({_OPTIONS})\s*)*",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous|ServerSideDiff=(true|false)",
    "argocd.argoproj.io/sync-wave": "-?[0-9]{1,9}",
    "argocd.argoproj.io/ignore-healthcheck": "true",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "kustomize.toolkit.fluxcd.io/reconcile": "enabled",
    "kustomize.toolkit.fluxcd.io/ssa": "Override",
    "kustomize.toolkit.fluxcd.io/substitute": "disabled",
    "helm.sh/chart": ".*",
    "helm.sh/resource-policy": "keep",
}


def held_back(metadata: Mapping[str, Any]) -> Iterator[tuple[str, KeyPath]]:
    """What of an object's labels and annotations may keep it from being applied as it stands, and where that is."""
    for field, one in (("labels", "label"), ("annotations", "annotation")):
        for key, value in (metadata.get(field) or {}).items():
            if is_deliverers(key) and not re.fullmatch(_HARMLESS.get(key, "(?!)"), value):
                yield f"its {one} {key} may keep it from being applied as it stands", ("metadata", field, key)


@lru_cache(maxsize=4096)
def is_deliverers(key: str) -> bool:
    """Is the key of a label or an annotation one that a deliverer reads?"""
    return bool(_DELIVERERS.fullmatch(key.rpartition("/")[0]))
