"""Who decides whether a request may pass, and for how long an answer is believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.compare import Change
from hardener.compare.listing import enumerated
from hardener.compare.settings.asking import Asking
from hardener.compare.settings.who_asks import change, place
from hardener.source import KeyPath
from hardener.verify.settings.authorization import FILE
from hardener.verify.settings.numbers import seconds

_AT: Final[KeyPath] = ("controlPlane", "authorization")
_CHAIN: Final = "api-server.authorization"
_WEBHOOK: Final = "api-server.authorization-webhook"
_ALL: Final = "AlwaysAllow"
_ASKED: Final = "Webhook"
_SERVICE: Final = "control-plane/authorization-webhook.yaml"
_KEYS: Final = {
    "allowedFor": "how long a yes of the webhook that decides is believed",
    "deniedFor": "how long a no of the webhook that decides is believed",
    "timeout": "how long the webhook that decides is waited for",
}


def who_decides(old: Asking, new: Asking) -> Iterator[Change]:
    """Who may allow what others did not, and who no longer. Each of the chain may allow; a webhook may deny as well."""
    one, other = old.chain, new.chain
    if one is None or other is None:
        return
    places = [place(side.place(FILE, "authorization-mode"), (*_AT, "chain")) for side in (old, new)]
    # Which service may allow requests is told of the service itself.
    told = {_ASKED} if (_SERVICE in old.side.files) != (_SERVICE in new.side.files) else set()
    more, less = sorted(set(other) - set(one) - told), sorted(set(one) - set(other) - told)
    if more and _ALL not in one:
        yield change("weaker", f"{enumerated(more)} may allow what others do not", *places, measure=_CHAIN)
    if less and _ALL not in other:
        yield change("stronger", f"{enumerated(less)} may no longer allow anything", *places, measure=_CHAIN)
    if _ASKED in one and _ASKED in other:
        if one != other and not more and not less:
            message = f"requests are decided by {', '.join(other)}, in this order ({', '.join(one)} before)"
            reason = "it cannot be decided what the webhook allows or denies before others are asked"
            yield change("weaker", message, *places, reason=reason, measure=_CHAIN)
        yield from _believed(old, new)


def _believed(old: Asking, new: Asking) -> Iterator[Change]:
    for key, what in _KEYS.items():
        before, after = old.believed.get(key), new.believed.get(key)
        if before and after and (direction := _way(before, after)):
            places = [place(side.place(FILE, ""), (*_AT, "webhook", key)) for side in (old, new)]
            yield change(direction, f"{what}: {after} ({before} before)", *places, measure=_WEBHOOK)
    if old.says_no != new.says_no:
        places = [place(side.place(FILE, ""), (*_AT, "webhook")) for side in (old, new)]
        if new.says_no:
            yield change("stronger", "where the webhook that decides does not answer, that is a no", *places)
        else:
            message = "where the webhook that decides does not answer, those who come after it decide"
            yield change("weaker", message, *places)


def _way(before: str, after: str) -> str:
    try:
        one, other = seconds(before), seconds(after)
    except ValueError:
        return "" if before == after else "weaker"
    return "stronger" if other < one else "weaker" if one < other else ""
