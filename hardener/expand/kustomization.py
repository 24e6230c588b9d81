"""What the list of manifests may say to the kustomize inside the cluster's kubectl."""

from __future__ import annotations

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile

# kubectl 1.27 is the first with kustomize 5; the ones before have 4.5.7 or older, which refuse a field unknown to them.
_FIRST_WITH_SORT_OPTIONS = 27


def sort_options(profile: Profile) -> bool:
    """Does that kustomize know `sortOptions`?

    Where it does not, kubectl puts objects into an order of its own: namespaces, accounts, policies and roles come
    before bindings there too (`DoLegacyResourceSort` in kustomizevisitor.go of k8s.io/cli-runtime 0.26).
    """
    return minor(profile.cluster.kubernetes) >= _FIRST_WITH_SORT_OPTIONS
