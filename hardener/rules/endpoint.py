"""`cluster.apiServer.endpoint`: something that leads from other hosts to the API servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.addresses import Block, RangeError, block, blocks
from hardener.profile.endpoints import Endpoint, endpoint
from hardener.source import Source

_HELP: Final = "write a DNS name or an address that leads to all API servers, such as api.example.com:6443"
# Of one host, of one link, of many at once, and of none.
_NOWHERE: Final = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8")


def endpoint_leads_to_the_api_servers(profile: Profile, source: Source) -> Iterator[Problem]:
    """Every node and every kubeconfig is told to go there."""
    text = profile.cluster.api_server.endpoint
    if text is None:
        return
    try:
        what = _mistake(profile, endpoint(text))
    except RangeError:
        what = "is neither an address nor a DNS name, whose last part is no number"
    if what:
        path = ("cluster", "apiServer", "endpoint")
        yield source.problem(path, f"{text!r} {what}", help=_HELP, rule="cluster.endpoint")


def _mistake(profile: Profile, asked: Endpoint) -> str:
    """What is wrong with it; empty if nothing is."""
    if asked.port and not 1 <= int(asked.port) <= 65535:
        return "has a port that does not exist: they go from 1 to 65535"
    if asked.address is None:
        known = asked.host in ("localhost", "kubernetes") or asked.host.startswith("kubernetes.default")
        return "is a name that means something else on each host, or nothing outside of pods" if known else ""
    if any(each.covers(asked.address) for each in blocks(_NOWHERE)):
        return "is no address that other hosts could reach"
    networks = profile.cluster.networks
    for use, texts in (("pods", networks.pods), ("services", networks.services)):
        if any(found.covers(asked.address) for found in _read(texts)):
            return f"lies in a range of {use}, which is there only once the cluster runs"
    return ""


def _read(texts: tuple[str, ...]) -> Iterator[Block]:
    """The ranges that can be read; another rule refuses the others."""
    for text in texts:
        try:
            yield block(text)
        except RangeError:
            continue
