"""What a person asks about, as an API server is asked: resources by every name that kubectl knows for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from hardener.catalog.resources import Resource, full_name, resources_of, split
from hardener.errors import UsageError
from hardener.profile.nearest import nearest
from hardener.profile.scalars import LABEL
from hardener.verify.access.rules import ANY, Request

_VERB: Final = r"\*|[a-z][-a-z0-9:]*"
_VERSIONED: Final = r"v[0-9]+(?:(?:alpha|beta)[0-9]+)?\.(.+)"
# Words whose plural is themselves; the others end as English words do.
_SAME: Final = ("endpoints", "resourceclaimparameters", "resourceclassparameters")


def asked(verb: str, what: str, name: str, namespace: str, version: str) -> Request:
    """The request that an API server would see. Raises UsageError for what it could not be asked, with the way out."""
    if not re.fullmatch(_VERB, verb):
        raise UsageError(f"{verb!r} is no verb: ask for one, in small letters: get, list, create")
    if namespace and not re.fullmatch(LABEL, namespace):
        raise UsageError(f"{namespace!r} is no name of a namespace; of all of them is asked without -n")
    if what.startswith("/"):
        if name or namespace:
            raise UsageError(
                f"{what}: a path has no name and lies in no namespace: hardener can PROFILE USER get {what}"
            )
        return Request(verb=verb, path=what)
    whole, slash, subresource = what.partition("/")
    if slash and not subresource:
        raise UsageError(f"{what}: there is nothing after the slash: pods/log, deployments.apps/scale")
    group, resource = _resource(whole, version)
    known = resources_of(version)
    facts = known.get(full_name(group, resource))
    if subresource and facts and full_name(group, f"{resource}/{subresource}") not in known and subresource != ANY:
        raise UsageError(_no_part(what, full_name(group, resource), known))
    if facts and not facts.namespaced and namespace:
        raise UsageError(f"{what}: it lies in no namespace: leave -n {namespace} out")
    if (group, resource) == ("", "namespaces"):
        # An API server takes the name of a namespace for the namespace of the request (requestinfo.go in
        # staging/src/k8s.io/apiserver/pkg/endpoints/request), so a RoleBinding in it counts.
        namespace = name
    return Request(verb=verb, group=group, resource=resource, subresource=subresource, name=name, namespace=namespace)


def singular(plural: str) -> str:
    """The name of one of them, by which kubectl takes a resource as well: its kind in lower case.

    >>> [singular(word) for word in ("pods", "ingresses", "networkpolicies", "componentstatuses", "endpoints")]
    ['pod', 'ingress', 'networkpolicy', 'componentstatus', 'endpoints']
    """
    if plural in _SAME:
        return plural
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural[: -2 if plural.endswith(("sses", "uses")) else -1]


def _resource(word: str, version: str) -> tuple[str, str]:
    """API group and resource. Of several groups, the core comes first, then they come as an API server lists them."""
    if word == ANY:
        return ANY, ANY
    known = {name: facts for name, facts in resources_of(version).items() if "/" not in name}
    found = [split(name) for name, facts in known.items() if word.lower() in _names(name, facts)]
    if found:
        return found[0]
    group, resource = split(word)
    if versionless := re.fullmatch(_VERSIONED, group):
        # kubectl takes the version between the two: deployments.v1.apps.
        return _resource(f"{resource}.{versionless[1]}", version)
    if group and not any(split(name)[0] == group for name in known):
        return group, resource
    names = {split(name)[1] for name in known} if not group else set(known)
    help = nearest(word, sorted(names))
    raise UsageError(
        f"{word}: Kubernetes {version} has no such resource; {help}\n"
        "a resource of your own is written with its API group: widgets.example.com"
    )


def _names(name: str, facts: Resource) -> set[str]:
    """Everything that kubectl takes for a resource, with and without its API group."""
    group, plural = split(name)
    words = {plural, singular(plural), *facts.short}
    return words | {f"{word}.{group}" for word in words}


def _no_part(what: str, whole: str, known: Mapping[str, Resource]) -> str:
    parts = sorted(name.partition("/")[2] for name in known if name.startswith(f"{whole}/"))
    there = f"it has {', '.join(parts)}" if parts else "it has none"
    return (
        f"{what}: {whole} has no such subresource; {there}\n"
        f"a name is a word of its own: hardener can PROFILE USER get {what.replace('/', ' ')}"
    )
