"""What delivers the output, as far as the profile tells: how it is kept from doing so, and let do it again.

A service account says which tool it is by its namespace. `hardener new` calls it, Argo CD's Application and AppProject
hardener-NAME, and Flux's Kustomizations the same with -role, -rails and -access: hardener/scaffold/template.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import Final

from hardener.compare.listing import enumerated
from hardener.profile import Profile

_ARGO: Final = "argocd"
_FLUX: Final = "flux-system"
_OURS: Final = "hardener-"
_PARTS: Final = ("role", "rails", "access")
_STOP: Final = {_ARGO: "argocd app set {} --sync-policy manual", _FLUX: "flux suspend kustomization {}"}
_RESUME: Final = {
    _ARGO: "argocd app set {} --sync-policy automated --auto-prune --self-heal",
    _FLUX: "flux resume kustomization {}",
}
_SOME: Final = {_ARGO: "APP", _FLUX: "NAME"}


def stop(profile: Profile) -> tuple[str, ...]:
    """What keeps it from applying all at once."""
    return tuple(_commands(profile, _STOP))


def resume(profile: Profile) -> tuple[str, ...]:
    """What lets it deliver again."""
    return tuple(_commands(profile, _RESUME))


def allow(profile: Profile, namespaces: list[str]) -> tuple[str, ...]:
    """What Argo CD must be told of namespaces that come: its project lists each."""
    names = [name for tool, name in _accounts(profile) if tool == _ARGO and name.startswith(_OURS)]
    if not (names and namespaces):
        return ()
    project = f"the AppProject {enumerated(names)} (delivery/argocd/project.yaml)"
    added = f"add {enumerated(namespaces)} to both lists of {project}: Argo CD delivers to no other"
    return (added, "$ kubectl apply -f delivery/argocd/project.yaml")


def _accounts(profile: Profile) -> list[tuple[str, str]]:
    """The tools that the profile lets deliver, each with the name of its account."""
    found = (account.partition("/")[::2] for account in profile.cluster.delivery.service_accounts)
    return [(namespace, name) for namespace, name in found if namespace in _STOP]


def _commands(profile: Profile, commands: dict[str, str]) -> Iterator[str]:
    found = _accounts(profile)
    if not found:
        argo, flux = (commands[tool].format(_SOME[tool]) for tool in (_ARGO, _FLUX))
        yield f"with Argo CD: {argo}; with Flux: {flux}; in any other way: by its own means"
    for tool, name in found:
        for each in _names(tool, name):
            yield f"$ {commands[tool].format(quote(each))}"


def _names(tool: str, account: str) -> tuple[str, ...]:
    if not account.startswith(_OURS):
        return (_SOME[tool],)
    return (account,) if tool == _ARGO else tuple(f"{account}-{part}" for part in _PARTS)
