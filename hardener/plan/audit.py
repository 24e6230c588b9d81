"""What is recorded of each request: rules of which the first that matches decides."""

from __future__ import annotations

from msgspec import Struct


class Resources(Struct, frozen=True, kw_only=True):
    """Resources of one API group; none means all of the group."""

    group: str
    resources: tuple[str, ...] = ()


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of an audit policy. An empty field matches anything."""

    level: str
    omit_stages: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resources: tuple[Resources, ...] = ()
    namespaces: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """Rules that stand together for one reason, which the policy gives as a comment of these lines."""

    name: str
    rules: tuple[Rule, ...]


class Audit(Struct, frozen=True, kw_only=True):
    """The audit policy, section by section in the order in which rules are tried.

    `arrivals`: is what has a body recorded when it arrives as well, and not only when it is answered?
    `log_megabytes`: the disk that the log takes on each host, at most.
    """

    arrivals: bool
    log_megabytes: int
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        """What no rule matches is not recorded at all, so the last one must match everything."""
        last = self.sections[-1].rules[-1]
        if last != Rule(level=last.level, omit_stages=last.omit_stages) or last.level == "None":
            raise ValueError("the last rule of an audit policy must record everything")
