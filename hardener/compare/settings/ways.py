"""Which way a setting goes: by the orders that `verify` knows, by what its measure is for, and by what it is unsaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.catalog import Setting, distribution, measures, settings
from hardener.compare import Direction
from hardener.compare.settings import lists, phrases
from hardener.compare.settings.orders import ordered, way
from hardener.compare.settings.pairs import Pair
from hardener.compare.settings.unknown import sound
from hardener.source import KeyPath
from hardener.verify.settings.arguments import shown
from hardener.verify.settings.demands import Demands

UNDECIDED: Final = "it cannot be decided what this does to the promises"
# What pools are kept apart by is compared with the nodes.
_OF_NODES: Final = ("register-with-taints", "registerWithTaints")
# What such a flag means is compared, however it is said.
_MEANT: Final = (
    *("anonymous-auth", "authorization-mode", "authorization-webhook-cache-authorized-ttl"),
    *("authorization-webhook-cache-unauthorized-ttl", "oidc-ca-file", "oidc-client-id", "oidc-groups-claim"),
    *("oidc-groups-prefix", "oidc-issuer-url", "oidc-required-claim", "oidc-username-claim", "oidc-username-prefix"),
)
# What comes and goes with a file or a service, which is compared itself.
_BESIDE: Final = (
    *("admission-control-config-file", "audit-policy-file", "audit-webhook-config-file", "audit-webhook-mode"),
    *("authentication-config", "authentication-token-webhook-cache-ttl", "authentication-token-webhook-config-file"),
    *("authentication-token-webhook-version", "authorization-config", "authorization-webhook-config-file"),
    *("authorization-webhook-version", "config-dir", "encryption-provider-config", "eviction-hard"),
)
_SUITES: Final = ("cipher-suites", "tls-cipher-suites", "tlsCipherSuites")
# What a component does that is told nothing: MaxPods in pkg/kubelet/apis/config/v1beta1/defaults.go of Kubernetes,
# DefaultQuotaBytes in server/storage/quota.go of etcd.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "allowedUnsafeSysctls": [],
    "kubeReserved": {},
    "maxPods": 110,
    "quota-backend-bytes": "2147483648",
    "shutdownGracePeriod": "0s",
    "shutdownGracePeriodCriticalPods": "0s",
    "systemReserved": {},
}
# What a release brought, and what was otherwise before; all else that comes and goes with one is neither.
_BROUGHT: Final = ("imagePullCredentialsVerificationPolicy", "seccompDefault")
_BY_RELEASE: Final[Mapping[str, str]] = {
    "enable-logs-handler": "what it switches off is off by itself since Kubernetes 1.31",
    "enableSystemLogQuery": "it switches off what Kubernetes 1.27 brought",
    # kubernetes/kubernetes#131992
    "streamingConnectionIdleTimeout": "kubelets have long left it to the container runtime, whose own limit holds",
}
# What etcd speaks at least that is told nothing (client/pkg/v3/tlsutil).
_OF_ETCD: Final = "TLS1.2"
_AT: Final[Mapping[str, KeyPath]] = {"tls-min-version": ("controlPlane", "tls", "minVersion")}


class Verdict(Struct, frozen=True, kw_only=True):
    """What a pair does. `sentence` is completed by who it is about, and by `each` of what a list holds.

    `value` comes behind it: what is said now, and what was. `detail` says the same as it is written; what has one needs
    no {nodes}. `at` is the place in the profile, where it is known better than by the setting's name.
    """

    direction: Direction
    sentence: str
    value: str = ""
    each: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""
    measures: tuple[str, ...] = ()
    at: KeyPath = ()


def verdicts(pair: Pair) -> Iterator[Verdict]:
    """What the difference does to the promises; nothing, where both mean the same."""
    known = _known(pair)
    if pair.name not in _OF_NODES:
        yield from _unknown(pair) if known is None else _of_measure(pair, known)


def _of_measure(pair: Pair, known: Setting) -> Iterator[Verdict]:
    old, new = (said.value if said else None for said in (pair.old, pair.new))
    if new is None and pair.name in pair.after.by_name:
        yield _by_title(pair, known, "weaker")
    elif old is None and pair.name in pair.before.by_name:
        yield _by_title(pair, known, "stronger")
    elif pair.name in _MEANT or (pair.name in _BESIDE and None in (old, new)):
        return
    elif old is None or new is None:
        yield from _one_sided(pair, known, old, new)
    else:
        yield from _two_sided(pair, known, old, new)


def _one_sided(pair: Pair, known: Setting, old: Any, new: Any) -> Iterator[Verdict]:
    """One side says nothing, and need not."""
    silent = pair.before if old is None else pair.after
    if _by_distribution(pair, silent) or pair.name in _SUITES:
        # TLS 1.3 has no choice of suites; that it alone is spoken is told by itself.
        return
    if not any(each.name == pair.name for each in settings(pair.component, pair.sort, silent.minor)):
        yield from _by_release(pair, known)
        return
    default = _default(pair.name, silent)
    if default is None:
        yield _by_title(pair, known, "stronger" if old is None else "weaker")
    else:
        yield from _two_sided(pair, known, default if old is None else old, default if new is None else new)


def _by_distribution(pair: Pair, silent: Demands) -> bool:
    """Does the silent side's distribution see to it itself? One whose workers run static pods does not."""
    one, other = (asked.profile.cluster.distribution for asked in (pair.before, pair.after))
    if pair.name in distribution(silent.profile.cluster.distribution).own.get(pair.component, ()):
        return True
    return one != other and pair.name not in (*_DEFAULTS, "staticPodPath")


def _default(name: str, silent: Demands) -> Any:
    if name == "requestheader-allowed-names":
        return distribution(silent.profile.cluster.distribution).aggregator
    return _DEFAULTS.get(name)


def _two_sided(pair: Pair, known: Setting, old: Any, new: Any) -> Iterator[Verdict]:
    name = pair.name
    if name in phrases.LISTS or name in phrases.MAPS:
        by_release = pair.before.minor, pair.after.minor
        told = lists.elements(name, old, new, by_release) if name in phrases.LISTS else lists.amounts(name, old, new)
        for element in told:
            yield _of_element(element, known)
        return
    direction = way(pair, old, new)
    if direction is None:
        return
    value = f": {_written(new)} ({_written(old)} before)"
    reason = UNDECIDED if direction == "weaker" and not ordered(pair, old, new) else ""
    if name in phrases.AMOUNTS:
        sentence = phrases.AMOUNTS[name]
        at = _AT.get(name, ())
        yield Verdict(
            direction=direction, sentence=sentence, value=value, reason=reason, measures=(known.measure,), at=at
        )
    else:
        yield _by_title(pair, known, direction)


def _of_element(found: lists.Element, known: Setting) -> Verdict:
    return Verdict(
        direction=found.direction,
        sentence=found.sentence,
        each=found.each,
        value=found.value,
        reason=found.reason,
        at=found.at,
        measures=tuple(filter(None, (known.measure, found.measure))),
    )


def _by_title(pair: Pair, known: Setting, direction: Direction) -> Verdict:
    """What is told by what its measure is for."""
    if pair.name in phrases.TRUTHS:
        sentence = phrases.TRUTHS[pair.name][direction == "stronger"]
        return Verdict(direction=direction, sentence=sentence, measures=(known.measure,))
    title = measures()[known.measure].title
    begins = "it is no longer made sure that" if direction == "weaker" else "it is made sure now that"
    return Verdict(direction=direction, sentence=f"{begins} {title}", detail=_detail(pair), measures=(known.measure,))


def _by_release(pair: Pair, known: Setting) -> Iterator[Verdict]:
    """The release of one side knows the setting, and that of the other does not."""
    comes = pair.old is None
    if pair.name in _BROUGHT:
        yield _by_title(pair, known, "stronger" if comes else "weaker")
        return
    if pair.name == "tls-min-version":
        old, new = (said.value if said else _OF_ETCD for said in (pair.old, pair.new))
        yield from _two_sided(pair, known, old, new)
        return
    sentence = f"Kubernetes 1.{pair.after.minor} {'reads' if comes else 'does not read'} the setting {_called(pair)}"
    why = _BY_RELEASE.get(pair.name, f"it is there so that {measures()[known.measure].title}")
    yield Verdict(direction="neither", sentence=sentence, reason=why, measures=(known.measure,))


def _unknown(pair: Pair) -> Iterator[Verdict]:
    """What hardener does not set: by whether `verify` has something against it."""
    old, new = (said.value if said else None for said in (pair.old, pair.new))
    kept, keeps = sound(pair, old, pair.before), sound(pair, new, pair.after)
    if old == new:
        return
    direction: Direction = "neither" if kept and keeps else "stronger" if keeps else "weaker"
    reason = {"weaker": UNDECIDED, "neither": "no value of it weakens a promise"}.get(direction, "")
    called = f"{_called(pair)} of {{who}}"
    yield Verdict(
        direction=direction, sentence=called, value=f": {_written(new)} ({_written(old)} before)", reason=reason
    )


def _known(pair: Pair) -> Setting | None:
    """What the catalogue says of the setting at either version."""
    for minor in (pair.after.minor, pair.before.minor):
        for each in settings(pair.component, pair.sort, minor):
            if each.name == pair.name:
                return each
    return None


def _called(pair: Pair) -> str:
    return f"--{pair.name}" if pair.sort == "flag" else pair.name


def _detail(pair: Pair) -> str:
    old, new = ("missing" if said is None else _written(said.value) for said in (pair.old, pair.new))
    return f"{_called(pair)} of {{who}} is {new}, and was {old}"


def _written(found: Any) -> str:
    return "nothing" if found is None else phrases.value(shown(found))
