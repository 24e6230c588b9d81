"""What a file of flags tells a component: one --flag=value a line."""

from __future__ import annotations

from msgspec import Struct

from hardener.verify.written import Written

API_SERVER = "control-plane/kube-apiserver.flags"


class Flag(Struct, frozen=True):
    """A flag as it stands in a file. Of one that takes a list and comes more than once, `values` holds them all."""

    file: str
    line: int
    values: tuple[str, ...]


def flag(written: Written, file: str, name: str) -> Flag | None:
    """The flag called so, of a file; None where nobody says anything of it. Its line is that of the last.

    A list is written with commas, or as the flag more than once: each adds to those before (stringSlice in
    github.com/spf13/pflag).
    """
    line, values = 0, []
    for number, text in enumerate(written.files.get(file, "").splitlines(), 1):
        said, equals, value = text.strip().removeprefix("--").partition("=")
        if text.strip().startswith("--") and said == name:
            line = number
            values += value.split(",") if equals else []
    return Flag(file, line, tuple(values)) if line else None
