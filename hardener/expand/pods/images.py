"""Which images may run, by the names that pods give them.

A name without a host means Docker Hub's, as the kubelet and containerd read it (ParseNormalizedNamed in normalize.go of
github.com/distribution/reference); names are compared once they say so. `sha256:` and a number is no name: a runtime
takes it for whatever image it has by that number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from hardener.expand.cel import text, texts
from hardener.expand.pods.demands import Demand, none_of, of_containers
from hardener.plan.admission import Variable
from hardener.profile.zones import Zone

# From this minor version on a volume may be an image.
_VOLUMES_SINCE: Final = 31
_VOLUMES: Final = " + object.spec.?volumes.orValue([]).map(v, v.?image.hasValue(), v.?image.?reference.orValue(''))"

# What stands before the first slash is a host only if it looks like one.
_HOST: Final = "^(localhost|[^/]*[.:A-Z][^/]*)/"
_HUB: Final = "docker.io/"
_OLD_HUB: Final = "index.docker.io/"
_OF_THE_HUB_ITSELF: Final = "^docker[.]io/[^/]+$"
_DIGEST: Final = "@sha256:[0-9a-f]{64}$"


def image_demands(zone: Zone, at: int) -> Iterator[Demand]:
    """What a zone asks of the images of its pods, in Kubernetes of the minor version `at`."""
    if zone.registries:
        prefixes = sorted(set(zone.registries))
        elsewhere = f"!{texts(beginnings(prefixes))}.exists(prefix, (i + ':').startsWith(prefix))"
        yield none_of(
            "otherImages",
            f"variables.images.filter(i, {elsewhere})",
            f"an image comes from {' or '.join(prefixes)}",
            *_names(at),
        )
    if zone.digests:
        yield none_of(
            "taggedImages",
            f"variables.images.filter(i, !i.matches({text(_DIGEST)}))",
            "an image is named by its digest (@sha256:...)",
            *_names(at),
        )


def _names(at: int) -> tuple[Variable, ...]:
    """The full name of each image of a pod, as the last of these variables."""
    volumes = _VOLUMES if at >= _VOLUMES_SINCE else ""
    hosted = f"i.startsWith('sha256:') || i.matches({text(_HOST)}) ? i : {text(_HUB)} + i"
    current = f"i.startsWith({text(_OLD_HUB)}) ? i.replace({text(_OLD_HUB)}, {text(_HUB)}, 1) : i"
    library = f"i.matches({text(_OF_THE_HUB_ITSELF)}) ? i.replace({text(_HUB)}, {text(_HUB + 'library/')}, 1) : i"
    return (
        Variable(name="written", expression=of_containers("c.?image.orValue('')") + volumes),
        Variable(name="hosted", expression=f"variables.written.map(i, {hosted}).map(i, {current})"),
        Variable(name="images", expression=f"variables.hosted.map(i, {library})"),
    )


def beginnings(prefixes: Iterable[str]) -> list[str]:
    """How the full names of images that have one of these prefixes begin, once a colon is added to each name.

    A prefix ends where a part of a name ends: at a slash, or at what comes before a tag or a digest.

    >>> beginnings(["registry.example.com/shop/", "nginx/unit"])
    ['docker.io/nginx/unit/', 'docker.io/nginx/unit:', 'docker.io/nginx/unit@', 'registry.example.com/shop/']
    """
    return sorted({beginning for prefix in prefixes for beginning in _beginnings(prefix)})


def _beginnings(prefix: str) -> Iterator[str]:
    name = prefix if re.match(_HOST, prefix) else _HUB + prefix
    if name.startswith(_OLD_HUB):
        name = name.replace(_OLD_HUB, _HUB, 1)
    if name.endswith("/"):
        yield name
        return
    # The Hub's own images may be written with or without `library/`.
    full = name.replace(_HUB, f"{_HUB}library/", 1) if re.match(_OF_THE_HUB_ITSELF, name) else name
    for each in {name, full}:
        yield from (f"{each}{ending}" for ending in "/:@")
