"""The list of all manifests, in an order in which an API server takes them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill

_FOLDER = "manifests/"
# What stands in a file of a namespace needs what stands in the files before it: a binding its role and its subjects.
_WORDS = ("quotas", "service-accounts", "access", "pods", "network")


def emit(plan: Plan, artifacts: Iterable[Artifact]) -> Iterator[Artifact]:
    """A kustomization of the manifests among `artifacts`; what belongs on the hosts is none."""
    paths = [artifact.path.removeprefix(_FOLDER) for artifact in artifacts if artifact.path.startswith(_FOLDER)]
    yield Artifact(
        path=f"{_FOLDER}kustomization.yaml",
        text=fill(
            "kustomization.yaml.j2",
            profile=plan.profile,
            sort_options=plan.sort_options,
            paths=sorted(paths, key=_rank),
        ),
    )


def _rank(path: str) -> tuple[int, str, int, str]:
    """Namespaces, then what is cluster-wide, then what stands in each namespace.

    >>> sorted(["namespaces/a/access.yaml", "cluster/pods.yaml", "namespaces/b/namespace.yaml"], key=_rank)
    ['namespaces/b/namespace.yaml', 'cluster/pods.yaml', 'namespaces/a/access.yaml']
    """
    folder, _, file = path.rpartition("/")
    word = file.removesuffix(".yaml")
    if word == "namespace":
        return 0, folder, 0, word
    if folder == "cluster":
        return 1, folder, 0, word
    return 2, folder, _WORDS.index(word) if word in _WORDS else len(_WORDS), word
