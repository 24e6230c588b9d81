"""Distributions: who runs the control plane and what of it can be set. The facts are in `distributions/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import Span, span
from hardener.source import load_data

_FOLDER: Final = Path(__file__).parent / "distributions"


class Missing(Struct, frozen=True, kw_only=True):
    """What a distribution does not carry out of the profile key at `path` at some versions, and who must act."""

    path: str
    what: str
    who: str
    span: Span


class Distribution(Struct, frozen=True, kw_only=True):
    """What installs and runs the control plane.

    `control_plane`: who runs it, `administrator` or `provider`. `installer`: the name of the configuration that we
    write for it, empty where it takes none. `kubeconfig`, `programs`: the administrator's file, and the folder with
    kubectl, that it leaves on a host of the control plane. `port`: the API server's. `anonymous_probes`: do the
    installer's own probes come without a name? `files`: where the hosts keep what the distribution itself puts there,
    by our word for it. `own`: flags and fields of each component that the distribution sets itself, and that must be
    left to it. `encryption`: by what it encrypts Secrets itself, with a key of its own, and since when. `releases`: the
    first release of a minor version that takes what we write. `aggregator`: the name in the aggregation layer's
    certificate. `missing`: what cannot be set, and who must act. `serving_certificates`: who makes or approves the
    certificates that kubelets serve, `administrator`, `installer` or `provider`. `static_pods`: where there must be
    static pods, `everywhere` or on the `control-plane` alone. `permissions`: the most that is allowed of the files of
    every `node` and of a `control-plane` besides, in lines as nodes/POOL/permissions.sh reads them. `add_ons`: the
    namespaces outside of kube-system in which the provider runs pods of its own, and what they are.
    """

    name: str
    title: str
    control_plane: str
    installer: str
    kubeconfig: str
    programs: str
    port: int
    anonymous_probes: bool
    files: Mapping[str, str]
    own: Mapping[str, tuple[str, ...]]
    encryption: Mapping[str, str]
    releases: Mapping[str, str]
    aggregator: str
    missing: tuple[Missing, ...]
    serving_certificates: str
    static_pods: str
    permissions: Mapping[str, tuple[str, ...]]
    add_ons: Mapping[str, str]


@cache
def distribution(name: str) -> Distribution:
    """The distribution of that name. Raises LookupError if there is none, which the profile's type rules out."""
    file = _FOLDER / f"{name}.yaml"
    if not file.is_file():
        raise LookupError(f"no distribution is called {name}")
    facts: dict[str, Any] = load_data(file.read_text(encoding="utf-8"), file.name)
    return Distribution(
        name=name,
        title=facts["title"],
        control_plane=facts["controlPlane"],
        installer=facts.get("installer", ""),
        kubeconfig=facts.get("kubeconfig", ""),
        programs=facts.get("programs", ""),
        port=facts["port"],
        anonymous_probes=facts["anonymousProbes"],
        files=facts.get("files", {}),
        own={component: tuple(names) for component, names in facts.get("own", {}).items()},
        encryption=facts.get("encryption", {}),
        releases=facts.get("releases", {}),
        aggregator=facts.get("aggregator", ""),
        missing=tuple(_missing(facts.get("missing", {}))),
        serving_certificates=facts["servingCertificates"],
        static_pods=facts.get("staticPods", "everywhere"),
        permissions={host: tuple(lines.splitlines()) for host, lines in facts.get("permissions", {}).items()},
        add_ons=facts.get("addOns", {}),
    )


def _missing(facts: Mapping[str, Any]) -> Iterator[Missing]:
    """What stands at each path: one thing that is missing, or a list of several, each at its versions."""
    for path, told in facts.items():
        for each in told if isinstance(told, list) else [told]:
            yield Missing(path=path, what=each["what"], who=each["who"], span=span(each))
