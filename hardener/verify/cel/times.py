"""Moments and durations: made of a text, and taken apart (cel-go, common/types/timestamp.go and duration.go)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hardener.verify.cel.errors import EvaluationError
from hardener.verify.cel.functions import Overload, method
from hardener.verify.cel.values import FIRST_INT, LAST_INT, Duration, Timestamp

SECOND: Final = 1_000_000_000
_MINUTE: Final = 60 * SECOND
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": _MINUTE,
    "h": 60 * _MINUTE,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017
FIRST: Final = -62_135_596_800 * SECOND
_LAST: Final = 253_402_300_799 * SECOND + SECOND - 1
"""The years 1 to 9999 are all there are (cel-go, common/types/timestamp.go)."""

_MOMENT: Final = r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)"
_NUMBER: Final = r"(?P<whole>\d*)(?:\.(?P<part>\d*))?(?P<unit>ns|us|µs|μs|ms|s|m|h)"


def timestamp_of(nanoseconds: int, offset: int = 0) -> Timestamp:
    """A moment that Kubernetes can name."""
    if not FIRST <= nanoseconds <= _LAST:
        raise EvaluationError("timestamp overflow")
    return Timestamp(nanoseconds, offset)


def duration_of(nanoseconds: int) -> Duration:
    """A duration that Kubernetes can name: an int of nanoseconds."""
    if not FIRST_INT <= nanoseconds <= LAST_INT:
        raise EvaluationError("duration overflow")
    return Duration(nanoseconds)


def read_timestamp(text: str) -> Timestamp:
    """A moment as RFC 3339 writes it."""
    found = re.fullmatch(_MOMENT, text)
    if not found:
        raise EvaluationError(f"invalid timestamp {text!r}")
    *fields, part, zone = found.groups()
    year, month, day, hour, minute, second = map(int, fields)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_offset(zone))
        seconds = (moment - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise EvaluationError(f"invalid timestamp {text!r}") from error
    offset = moment.utcoffset() or timedelta()
    return timestamp_of(seconds * SECOND + int((part or "0")[:9].ljust(9, "0")), offset // timedelta(minutes=1))


def read_duration(text: str) -> Duration:
    """A duration as Go writes it: `1h30m`, `-1.5s`."""
    sign, rest = (-1 if text[:1] == "-" else 1), text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return Duration(0)
    if not re.fullmatch(f"(?:{re.sub('[?]P<[a-z]+>', '?:', _NUMBER)})+", rest):
        raise EvaluationError(f"invalid duration {text!r}")
    total = 0
    for each in re.finditer(_NUMBER, rest):
        whole, part, unit = each["whole"], each["part"] or "", _UNITS[each["unit"]]
        if not whole + part:
            raise EvaluationError(f"invalid duration {text!r}")
        total += int(whole or 0) * unit + int(part or 0) * unit // 10 ** len(part)
    return duration_of(sign * total)


def write_timestamp(moment: Timestamp) -> str:
    """As RFC 3339 writes it, with as many digits as it needs."""
    whole, part = divmod(moment.nanoseconds, SECOND)
    digits = f".{part:09}".rstrip("0") if part else ""
    when = _EPOCH + timedelta(seconds=whole, minutes=moment.offset)
    sign, minutes = "-" if moment.offset < 0 else "+", abs(moment.offset)
    zone = f"{sign}{minutes // 60:02}:{minutes % 60:02}" if moment.offset else "Z"
    return f"{when.year:04}{when:-%m-%dT%H:%M:%S}{digits}{zone}"


def _offset(zone: str) -> tzinfo:
    if zone == "Z":
        return timezone.utc  # noqa: UP017
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    return timezone((-1 if zone[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _zone(name: str) -> tzinfo:
    """A zone by its name, or by how far it is from UTC: `-08:00`, `8:30`."""
    found = re.fullmatch(r"([+-]?)(\d{1,2}):(\d\d)", name)
    if found:
        sign, hours, minutes = found.groups()
        return timezone((-1 if sign == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes)))
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise EvaluationError(f"unknown time zone {name}") from error


def _parts() -> Iterator[Overload]:
    takes: dict[str, Callable[[datetime], int]] = {
        "getFullYear": lambda when: when.year,
        "getMonth": lambda when: when.month - 1,
        "getDayOfYear": lambda when: when.timetuple().tm_yday - 1,
        "getDayOfMonth": lambda when: when.day - 1,
        "getDate": lambda when: when.day,
        "getDayOfWeek": lambda when: when.isoweekday() % 7,
        "getHours": lambda when: when.hour,
        "getMinutes": lambda when: when.minute,
        "getSeconds": lambda when: when.second,
        "getMilliseconds": lambda when: when.microsecond // 1000,
    }
    for name, take in takes.items():
        yield method(name, "timestamp -> int", _taken(take))
        yield method(name, "timestamp, string -> int", _taken(take))


def _taken(take: Callable[[datetime], int]) -> Callable[..., int]:
    def run(moment: Timestamp, zone: str = "UTC") -> int:
        when = _EPOCH + timedelta(microseconds=moment.nanoseconds // 1000)
        return take(when.astimezone(_zone(zone)))

    return run


def _whole(unit: int) -> Callable[[Duration], int]:
    def run(duration: Duration) -> int:
        count = abs(duration.nanoseconds) // unit
        return count if duration.nanoseconds >= 0 else -count

    return run


def _milliseconds(duration: Duration) -> Any:
    return _whole(SECOND // 1000)(duration)


OVERLOADS: Final = (
    *_parts(),
    method("getHours", "duration -> int", _whole(60 * _MINUTE)),
    method("getMinutes", "duration -> int", _whole(_MINUTE)),
    method("getSeconds", "duration -> int", _whole(SECOND)),
    method("getMilliseconds", "duration -> int", _milliseconds),
)
