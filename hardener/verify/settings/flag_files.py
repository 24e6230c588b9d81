"""Files of flags, for whoever starts a component by hand: one --flag=value a line, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.verify import Finding
from hardener.verify.settings.arguments import Argument, Told

# What somebody meant by a line that is none: it is judged like the others, and not called missing besides.
_MEANT: Final = re.compile(r"\s*--?([a-z0-9_][-a-z0-9_]*)(?:\s*=\s*|\s+)(.*?)\s*")
_FLAG: Final = re.compile(r"--([a-z0-9_][-a-z0-9_]*)=(\S.*\S|\S|)")


def read(file: str, text: str) -> tuple[Told, list[Finding]]:
    """The flags of a file, of two of a name the last; and a finding for each line that is none, or comes twice."""
    arguments: dict[str, Argument] = {}
    findings = []
    if text.endswith("\r\n") or "\r\n--" in text:
        message = "lines end with a carriage return, which whoever reads the file takes for a part of each value"
        findings.append(_finding(file, text.count("\n", 0, text.index("\r\n")) + 1, message))
        text = text.replace("\r\n", "\n")
    # Whoever reads the file knows one end of a line, and Python ten.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        flag = _FLAG.fullmatch(line)
        if flag is None:
            message = "this is no --flag=value: the format has neither comments nor blanks"
            findings.append(_finding(file, number, message))
            flag = _MEANT.fullmatch(line)
        if flag is None:
            continue
        name, value = flag.groups()
        if name in arguments:
            findings.append(_finding(file, number, f"--{name} comes twice, and which of them counts is up to its type"))
        arguments[name] = Argument(value, number)
    return Told(file, 0, arguments), findings


def of_list(file: str, line: int, listed: Iterator[tuple[str, int]]) -> tuple[Told, list[Finding]]:
    """The same of an installer's list of NAME=VALUE, each with its line."""
    arguments: dict[str, Argument] = {}
    findings = []
    for each, at in listed:
        name, equals, value = each.partition("=")
        if not equals:
            findings.append(_finding(file, at, f"{name} is no NAME=VALUE"))
        if name in arguments:
            findings.append(_finding(file, at, f"--{name} comes twice, and which of them counts is up to its type"))
        arguments[name] = Argument(value, at)
    return Told(file, line, arguments), findings


def _finding(file: str, line: int, message: str) -> Finding:
    return Finding(word="settings", file=file, line=line, message=message)
