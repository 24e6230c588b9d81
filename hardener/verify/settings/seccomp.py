"""A profile of seccomp as its file says it: LinuxSeccomp of the OCI's runtime specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct, ValidationError, field
from msgspec import json as reader

from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError

_ALLOW: Final = "SCMP_ACT_ALLOW"
_ERROR: Final = "SCMP_ACT_ERRNO"
# EPERM, where a file names no error.
_REFUSED: Final = 1


class Argument(Struct, frozen=True, forbid_unknown_fields=True, rename="camel", order=True):
    """What the argument of a call must be; for a mask, `value` is that, and `value_two` what is left."""

    index: int
    value: int
    op: Literal["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"]
    value_two: int = 0


class _Calls(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    names: tuple[str, ...]
    action: Literal["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"]
    args: tuple[Argument, ...] = ()
    errno_ret: int = _REFUSED


class _File(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    default_action: Literal["SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_ALLOW"]
    syscalls: tuple[_Calls, ...]
    default_errno_ret: int = _REFUSED
    architectures: tuple[str, ...] = field(default=())


# A call, and under which conditions; under none, whatever it is given.
Call = tuple[str, tuple[Argument, ...]]


class Seccomp(Struct, frozen=True, kw_only=True):
    """`default` is what becomes of any call that is not named; `architectures` are processors beside the node's own."""

    default: str
    allowed: frozenset[Call]
    errors: frozenset[tuple[str, int]]
    architectures: tuple[str, ...]


def read(text: str, file: str) -> Seccomp:
    """What the file says. Raises NotUnderstoodError where it says what nobody here understands."""
    try:
        told = reader.decode(text, type=_File)
    except (ValidationError, ValueError) as error:
        raise NotUnderstoodError(
            Finding(word="settings", file=file, message=f"it is no profile of seccomp: {error}")
        ) from error
    wrong = next(_odd(told), "")
    if wrong:
        raise NotUnderstoodError(Finding(word="settings", file=file, message=wrong))
    allowed = {
        (name, tuple(sorted(each.args))) for each in told.syscalls if each.action == _ALLOW for name in each.names
    }
    # Whatever it is given: then conditions say nothing more.
    whole = {name for name, conditions in allowed if not conditions}
    errors = {(name, each.errno_ret) for each in told.syscalls if each.action == _ERROR for name in each.names}
    return Seccomp(
        default=told.default_action,
        allowed=frozenset(each for each in allowed if not each[1] or each[0] not in whole),
        errors=frozenset(errors),
        architectures=told.architectures,
    )


def _odd(told: _File) -> Iterator[str]:
    """What is said in a way that runtimes may take in one sense or another."""
    if told.default_errno_ret != _REFUSED:
        yield f"what is refused fails with error {told.default_errno_ret}: programs would not know that they may not"
    allowed = {name for each in told.syscalls if each.action == _ALLOW for name in each.names}
    for each in told.syscalls:
        if each.action == _ERROR and each.args:
            yield f"nobody knows what becomes of {', '.join(each.names)}: it is refused by what it is given"
        for name in each.names if each.action == _ERROR else ():
            if name in allowed:
                yield f"{name} is allowed and refused"
