"""What a framework is, and what it asks for."""

from __future__ import annotations

from msgspec import Struct

from hardener.catalog.kubernetes import Span


class Framework(Struct, frozen=True, kw_only=True):
    """A framework in one version, by its `name`. `kubernetes`: the versions that it is written for.

    `called` comes before a number that does not say itself whose it is. `choice` is the key of the profile's
    `compliance` by which it is chosen, if any; `distribution` the only one that it is for, if it is for one.
    """

    name: str
    title: str
    called: str
    version: str
    choice: str
    distribution: str
    kubernetes: Span


class Control(Struct, frozen=True, kw_only=True):
    """Something that a framework asks for, and the measures that carry it out.

    `name` is what people call it: CIS 1.2.1. `sets` are the flags and fields, of those that the measures set, that it
    is about; all of them if it names none. `by` is who does what hardener does not, and `why` says why, in a sentence.
    `same` are controls of another framework that ask for the same. `level` is CIS's, `severity` the STIG's;
    `automated`: a program can judge it. `lists` are those of Kubescape's own lists that hold it, `until` is the last
    version that had one which is gone. `since` is the first version of Kubernetes at which somebody else has to do
    something, empty for any; `answer` is what a report answers where no measure carries it out, empty for whoever does.
    """

    framework: str
    id: str
    name: str
    title: str
    component: str
    level: int | None = None
    severity: str = ""
    automated: bool | None = None
    measures: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    by: str = ""
    why: str = ""
    since: str = ""
    answer: str = ""
    same: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    until: str = ""

    def is_about(self, setting: str) -> bool:
        """Is it about a flag or a field that one of its measures sets?"""
        return not self.sets or setting in self.sets
