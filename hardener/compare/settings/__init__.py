"""Settings: which flag, field and file of the hosts is weaker than it was, and which stronger.

    pairs      what the two sides say under one name; an installer's own file counts where it says otherwise
    ways       which way each goes, by its measure in the catalogue; `orders`, of two values; `lists`, element by
               element; `unknown`, what hardener does not set
    phrases    what it is called; `telling` makes a Change of all that is the same
    asking     who may ask the API server, and who decides, however flags and files say it: compared by `who_asks` and
               `who_decides`; `services` are those that are asked
    admission  what the API server's own plugins are told
    hosts      kernels, modules, `permissions` and `firewall`; `programs` are scripts and units, which nobody reads
               (`scripts`) but for what they are given
    confinement profiles of AppArmor and seccomp: what containers under them may do
    cluster    what everything else follows from; `provider`, where it is not ours
    doubts     what `verify` finds wrong on one side alone; `unread`, what no component reads

What a promise of its own asks of a flag (secrets, audit) is found here and told there: see `of_word`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from hardener.compare import Change
from hardener.compare.settings.admission import admission
from hardener.compare.settings.asking import Asking
from hardener.compare.settings.cluster import cluster
from hardener.compare.settings.confinement import confinement
from hardener.compare.settings.doubts import doubts, of_settings
from hardener.compare.settings.hosts import hosts
from hardener.compare.settings.pairs import Pair, arguments, every_pool, installer, kubelets
from hardener.compare.settings.programs import programs
from hardener.compare.settings.provider import provider
from hardener.compare.settings.services import service
from hardener.compare.settings.telling import Judged, told, word
from hardener.compare.settings.unread import unread
from hardener.compare.settings.ways import verdicts
from hardener.compare.settings.who_asks import who_asks
from hardener.compare.settings.who_decides import who_decides
from hardener.compare.sides import Sides
from hardener.profile import Profile
from hardener.verify import Finding

__all__ = ["of_word", "settings"]

_FOLDERS = ("control-plane/", "nodes/")


def settings(sides: Sides) -> Iterator[Change]:
    """Every setting that is weaker, or stronger."""
    yield from cluster(sides)
    if not any(file.startswith(_FOLDERS) for file in sides.differing):
        return
    old, new = Asking(sides.old), Asking(sides.new)
    found = [
        *provider(sides, "settings", "how the control plane is set"),
        *_of_word("settings", sides, [*arguments(sides), *kubelets(sides)]),
        *(change for name in ("authentication", "authorization") for change in service(sides, name)),
        *hosts(sides),
        *confinement(sides),
        *programs(sides, "settings"),
    ]
    if installer(sides.old.profile) and installer(sides.new.profile):
        found += [*admission(sides), *who_asks(old, new), *who_decides(old, new)]
        found += of_settings(sides, found)
    found += doubts(sides, (), "settings", (partial(_unread, sides),))
    yield from found


def _unread(sides: Sides, files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What no component reads of the files that differ."""
    return unread({file: files[file] for file in sides.differing & files.keys()}, profile)


def of_word(name: str, sides: Sides) -> Iterator[Change]:
    """What of the control plane's arguments belongs to another promise."""
    return _of_word(name, sides, [*arguments(sides)])


def _of_word(name: str, sides: Sides, pairs: list[Pair]) -> Iterator[Change]:
    judged = [Judged(pair, verdict) for pair in pairs for verdict in verdicts(pair)]
    yield from told([each for each in judged if word(each) == name], every_pool(sides))
