"""Distributions: who runs the control plane and what of it can be set. The facts are in `distributions/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.source import load_data

_FOLDER: Final = Path(__file__).parent / "distributions"


class Missing(Struct, frozen=True, kw_only=True):
    """What a distribution does not carry out of the profile key at `path`, and who must act."""

    path: str
    what: str
    who: str


class Distribution(Struct, frozen=True, kw_only=True):
    """What installs and runs the control plane.

    `control_plane`: who runs it, `administrator` or `provider`. `installer`: the name of the configuration that we
    write for it, empty where there is none (yet). `port`: the API server's. `anonymous_probes`: do the installer's own
    probes come without a name? `files`: where the hosts keep what the distribution itself puts there, by our word for
    it. `missing`: what cannot be set, and who must act.
    """

    name: str
    title: str
    control_plane: str
    installer: str
    port: int
    anonymous_probes: bool
    files: Mapping[str, str]
    missing: tuple[Missing, ...]


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
        port=facts["port"],
        anonymous_probes=facts["anonymousProbes"],
        files=facts.get("files", {}),
        missing=tuple(Missing(path=path, **missing) for path, missing in facts.get("missing", {}).items()),
    )
