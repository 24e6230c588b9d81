"""Changes of settings as a reviewer reads them: the same change of several components, or of several pools, is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.pairs import EVERYWHERE, Pair, Said
from hardener.compare.settings.ways import Verdict
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.settings.demands import Demands, word_of

_COMPONENTS: Final = {
    "kube-apiserver": "the API server",
    "kube-controller-manager": "the controller manager",
    "kube-scheduler": "the scheduler",
    "etcd": "etcd",
}
_KUBELET: Final = "kubelet"
_EVERY: Final = "every node"


class Judged(NamedTuple):
    """What a difference does."""

    pair: Pair
    verdict: Verdict


def word(judged: Judged) -> str:
    """The promise that it belongs to."""
    measures = judged.verdict.measures
    return word_of(measures[0]) if measures else "settings"


def told(found: Iterable[Judged], pools: frozenset[str]) -> Iterator[Change]:
    """Each change once, with all whom it concerns. `pools` are all that there are."""
    groups: dict[tuple[object, ...], list[Judged]] = {}
    for each in found:
        verdict = each.verdict
        if each.pair.only in (None, verdict.direction):
            key = word(each), verdict.direction, verdict.sentence, verdict.value, verdict.each, verdict.reason
            groups.setdefault(key, []).append(each)
    yield from (_change(group, pools) for group in groups.values())


def path(dotted: KeyPath) -> KeyPath:
    """A path in a profile, in which items of lists go by number."""
    return tuple(int(step) if isinstance(step, str) and step.isdecimal() else step for step in dotted)


def _change(group: Sequence[Judged], pools: frozenset[str]) -> Change:
    pair, verdict = group[0]
    details = _details(group, pools)
    sentence = _filled(verdict, group, pools)
    return Change(
        direction=verdict.direction,
        word=word(group[0]),
        message=visible(sentence),
        reason=visible(verdict.reason or (details[0] if len(details) == 1 else "")),
        details=tuple(map(visible, details if len(details) > 1 or (details and verdict.reason) else _all(verdict))),
        old=_place(pair.old, pair.before, pair.name, verdict.at),
        new=_place(pair.new, pair.after, pair.name, verdict.at),
        measures=tuple(sorted({measure for each in group for measure in each.verdict.measures})),
    )


def _filled(verdict: Verdict, group: Sequence[Judged], pools: frozenset[str]) -> str:
    """The sentence with everybody whom it is about."""
    text = verdict.sentence.replace("{who}", _who(group, pools)).replace("{nodes}", _nodes(group, pools))
    of_kubelets = verdict.detail and all(each.pair.component == _KUBELET for each in group)
    on = f", on {nodes}" if of_kubelets and (nodes := _nodes(group, pools)) != _EVERY else ""
    return f"{text.replace('{each}', enumerated(verdict.each))}{on}{_value(group[0])}"


def _value(judged: Judged) -> str:
    """What is said now, and what was; of a pool that is new, what is on the nodes that were there."""
    value = judged.verdict.value
    return f"{value.removesuffix('before)')}elsewhere)" if judged.pair.only == "weaker" and value else value


def _all(verdict: Verdict) -> tuple[str, ...]:
    """What the sentence only counts."""
    return verdict.each if enumerated(verdict.each).endswith(" more") else ()


def _details(group: Sequence[Judged], pools: frozenset[str]) -> list[str]:
    by_text: dict[str, list[Judged]] = {}
    for each in group:
        if each.verdict.detail:
            by_text.setdefault(each.verdict.detail, []).append(each)
    return [text.replace("{who}", _who(those, pools)) for text, those in by_text.items()]


def _who(group: Sequence[Judged], pools: frozenset[str]) -> str:
    components = [each.pair.who for each in group if each.pair.component != _KUBELET]
    named = [_COMPONENTS[each] for each in dict.fromkeys(components)]
    return " and ".join(filter(None, (", ".join(named), _kubelets(group, pools)))) if named else _kubelets(group, pools)


def _kubelets(group: Sequence[Judged], pools: frozenset[str]) -> str:
    found = _pools(group)
    if not found:
        return ""
    return "every kubelet" if found >= pools or EVERYWHERE in found else f"kubelets of {enumerated(sorted(found))}"


def _nodes(group: Sequence[Judged], pools: frozenset[str]) -> str:
    found = _pools(group)
    return _EVERY if found >= pools or EVERYWHERE in found else f"nodes of {enumerated(sorted(found))}"


def _pools(group: Sequence[Judged]) -> set[str]:
    return {each.pair.who for each in group if each.pair.component == _KUBELET}


def _place(said: Said | None, asked: Demands, name: str, known: KeyPath) -> Place | None:
    """Where a side says it; where it says nothing, the place in its profile that decides so, if there is one."""
    demand = asked.by_name.get(name)
    at = known or (path(demand.at) if demand else ())
    if said is None:
        return Place(at=at) if at else None
    return Place(file=said.file, line=said.line(), at=at)
