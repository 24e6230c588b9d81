"""Is a value at least as strong as the one that is promised? By the name of its flag or field.

Whoever changes a file may make a setting stricter. What has no order here must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hardener.catalog.quantities import quantity
from hardener.verify.settings.numbers import WORDS, fraction, seconds, truth, whole

_VERSIONS: Final = (
    *(("VersionTLS10",), ("VersionTLS11",)),
    *(("VersionTLS12", "TLS1.2"), ("VersionTLS13", "TLS1.3")),
)
_MODES: Final = ("batch", "blocking", "blocking-strict")
_HSTS: Final = frozenset({"includeSubDomains", "max-age", "preload"})
# Days, of which each has 86,400 billion of the nanoseconds that fit into 63 bits.
_COUNTED: Final = 106_751
_LOOPBACK: Final = ("127.0.0.1", "::1")


def as_strong(name: str, asked: Any, found: Any) -> bool:
    """Is what was found under the name of a flag or a field as strong as what is asked for, or stronger?

    >>> as_strong("profiling", "false", "true"), as_strong("request-timeout", "1m0s", "30s")
    (False, True)
    """
    try:
        return _ORDERS.get(name, same)(asked, found)
    except (ValueError, TypeError, AttributeError, LookupError):
        return False


def same(asked: Any, found: Any) -> bool:
    """Do both mean the same? Words for yes and no have many forms."""
    if isinstance(asked, str) and isinstance(found, str) and asked in WORDS:
        return truth(asked) == truth(found)
    return type(asked) is type(found) and bool(asked == found)


def listed(found: Any) -> list[str]:
    """The words of a list, also of one that a flag has, between commas."""
    return found.split(",") if isinstance(found, str) else [str(each) for each in found]


def _no_longer(asked: str, found: str) -> bool:
    """A time that ends, and no later. Nothing means for ever to most of them."""
    return 0 < seconds(found) <= seconds(asked)


def _no_more(asked: Any, found: Any) -> bool:
    """Nothing and less means without limit."""
    return 0 < whole(found) <= whole(asked)


def _kept(asked: Any, found: Any) -> bool:
    """As long and as much at least, and no more than whoever rotates the log can count (lumberjack's millRunOnce)."""
    return whole(asked) <= whole(found) <= max(whole(asked), _COUNTED)


def _some(asked: Any, found: Any) -> bool:
    """Some of what is asked for, and nothing else."""
    return bool(found) and set(listed(found)) <= set(listed(asked))


def _all(asked: Any, found: Any) -> bool:
    """All that is asked for, and maybe more."""
    return set(listed(found)) >= set(listed(asked))


def _suites(asked: Any, found: Any) -> bool:
    """Some of the cipher suites. Those with CHACHA20 have two names."""
    return _some([_suite(each) for each in listed(asked)], [_suite(each) for each in listed(found)])


def _suite(name: str) -> str:
    return name.removesuffix("_SHA256") if "CHACHA20" in name else name


def _version(asked: str, found: str) -> bool:
    rank = {word: number for number, words in enumerate(_VERSIONS) for word in words}
    return rank[found] >= rank[asked] and found.startswith("Version") == asked.startswith("Version")


def _within(asked: str, found: str) -> bool:
    (first, last), (least, most) = (map(_plain, ports.split("-")) for ports in (found, asked))
    return least <= first <= last <= most


def _plain(digits: str) -> int:
    """A number of digits alone, of which the first is no zero: what every reader takes for the same."""
    if not digits.isascii() or not digits.isdecimal() or digits.startswith("0"):
        raise ValueError(digits)
    return int(digits)


def _chain(asked: str, found: str) -> bool:
    """The same authorizers. Where a webhook is among them, what it denies holds for those who come after it."""
    one, other = listed(asked), listed(found)
    return one == other if "Webhook" in one else sorted(one) == sorted(other)


def _sent(asked: str, found: str) -> bool:
    return _MODES.index(found) >= _MODES.index(asked)


def _own_host(asked: str, found: str) -> bool:
    return found == asked or (asked in _LOOPBACK and found in _LOOPBACK)


def _insisting(asked: str, found: str) -> bool:
    """Directives of Strict-Transport-Security: all of them, each once (RFC 6797, 6.1), for as long at least."""
    one, other = _directives(asked), _directives(found)
    return _plain(other.pop("max-age")) >= _plain(one.pop("max-age")) and other.keys() >= one.keys()


def _directives(text: str) -> dict[str, str]:
    """Raises ValueError where one comes twice, or is none that the API server takes."""
    pairs = [each.partition("=") for each in text.split(",")]
    found = {name: value for name, _, value in pairs}
    if len(found) < len(pairs) or not found.keys() <= _HSTS or any(found[name] for name in found if name != "max-age"):
        raise ValueError(text)
    return found


def _off(asked: str, found: str) -> bool:
    return not truth(found) or truth(asked)


def _on(asked: bool, found: Any) -> bool:
    return found is True or (found is False and not asked)


def _shares(asked: Any, found: Any) -> bool:
    """Each amount that is asked for, or more; of shares and quantities that cannot be compared, the same."""
    one, other = (_by_name(each) for each in (asked, found))
    return all(name in other and _reaches(amount, other[name]) for name, amount in one.items())


def _by_name(found: Any) -> Mapping[str, str]:
    if isinstance(found, str):
        return dict(each.split("<", 1) for each in found.split(","))
    return {name: str(amount) for name, amount in found.items()}


def _reaches(asked: str, found: str) -> bool:
    if asked.endswith("%") != found.endswith("%"):
        return False
    if asked.endswith("%"):
        return 100 >= fraction(found[:-1]) >= fraction(asked[:-1])
    return not quantity(found) < quantity(asked)


_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    # Flags.
    "audit-log-maxage": _kept,
    "audit-log-maxbackup": _kept,
    "audit-log-maxsize": _kept,
    "audit-webhook-mode": _sent,
    "authentication-token-webhook-cache-ttl": _no_longer,
    "authorization-mode": _chain,
    "authorization-webhook-cache-authorized-ttl": _no_longer,
    "authorization-webhook-cache-unauthorized-ttl": _no_longer,
    "bind-address": _own_host,
    "cipher-suites": _suites,
    "cluster-signing-duration": _no_longer,
    "enable-admission-plugins": _all,
    "enable-bootstrap-token-auth": _off,
    "eviction-hard": _shares,
    "max-mutating-requests-inflight": _no_more,
    "max-requests-inflight": _no_more,
    "oidc-required-claim": _all,
    "quota-backend-bytes": _no_more,
    "request-timeout": _no_longer,
    "requestheader-allowed-names": _some,
    "service-account-max-token-expiration": _no_longer,
    "service-node-port-range": _within,
    "strict-transport-security-directives": _insisting,
    "terminated-pod-gc-threshold": _no_more,
    "tls-cipher-suites": _suites,
    "tls-min-version": _version,
    # Fields of KubeletConfiguration.
    "allowedUnsafeSysctls": _some,
    "evictionHard": _shares,
    "kubeReserved": _shares,
    "maxPods": _no_more,
    "podPidsLimit": _no_more,
    "protectKernelDefaults": _on,
    "seccompDefault": _on,
    "serverTLSBootstrap": _on,
    "streamingConnectionIdleTimeout": _no_longer,
    "systemReserved": _shares,
    "tlsCipherSuites": _suites,
    "tlsMinVersion": _version,
}
