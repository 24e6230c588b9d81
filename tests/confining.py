"""A process under a profile of seccomp: the filter that libseccomp makes of it, as runc does, in this kernel.

`python -m tests.confining FILE PROGRAM...` runs a program so. Loading libseccomp needs no compiler; `libseccomp2` is on
every Debian.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from typing import Any, Final

_ALLOW: Final = 0x7FFF0000
_LOG: Final = 0x7FFC0000
_NO_NEW_PRIVILEGES: Final = 38
# scmp_compare in seccomp.h of libseccomp.
_OPERATIONS: Final = {"SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}


class _Argument(ctypes.Structure):
    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


class UnfitError(Exception):
    """libseccomp takes no such profile."""


def confine(profile: dict[str, Any]) -> None:
    """Put this process, and all that it starts, under a profile. Nothing takes it back."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_action(profile["defaultAction"], {}))))
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            _add(library, context, name, rule)
    if ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.seccomp_load(context):
        raise UnfitError("the kernel takes no such filter")


def _add(library: ctypes.CDLL, context: ctypes.c_void_p, name: str, rule: dict[str, Any]) -> None:
    """As in matchCall of libcontainer/seccomp: a call that this libseccomp does not know is passed over."""
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number == -1:
        return
    given = [
        _Argument(each["index"], _OPERATIONS[each["op"]], each["value"], each.get("valueTwo", 0))
        for each in rule.get("args", ())
    ]
    action = ctypes.c_uint32(_action(rule["action"], rule))
    failed = library.seccomp_rule_add_array(context, action, number, len(given), (_Argument * len(given))(*given))
    if failed:
        raise UnfitError(f"{name}: {os.strerror(-failed)}")


def _action(name: str, rule: dict[str, Any]) -> int:
    error: int = rule.get("errnoRet", errno.EPERM)
    return {"SCMP_ACT_ALLOW": _ALLOW, "SCMP_ACT_LOG": _LOG, "SCMP_ACT_ERRNO": 0x00050000 | error}[name]


if __name__ == "__main__":
    file, *program = sys.argv[1:]
    with open(file, encoding="utf-8") as opened:
        confine(json.load(opened))
    os.execvp(program[0], program)
