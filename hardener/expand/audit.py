"""What is recorded of each request, and where the records go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Final

from hardener.catalog import distribution
from hardener.catalog.audit import audit_sections, loses_yaml
from hardener.expand.flags import Choice, Choices, on_host
from hardener.plan.audit import Audit, Resources, Rule, Section
from hardener.plan.gap import Gap
from hardener.profile import Profile
from hardener.profile.control_plane import AuditLog, AuditWebhook

LOG_FOLDER: Final = "/var/log/kubernetes/audit"
_LOG: Final = "controlPlane.audit.log"
_LEAST_FILES: Final = 10


def audit(profile: Profile) -> Audit | None:
    """The audit policy; None where the control plane is not set up by us."""
    if not distribution(profile.cluster.distribution).installer:
        return None
    levels = _levels(profile.control_plane.audit.level)
    arrivals, log = loses_yaml(profile.cluster.kubernetes), profile.control_plane.audit.log
    sections = tuple(_section(facts, levels, arrivals) for facts in audit_sections())
    # One file is written while the others are kept.
    return Audit(arrivals=arrivals, log_megabytes=(_files(log) + 1) * log.max_size, sections=sections)


def choices(profile: Profile) -> Choices:
    """The API server's flags for the policy, the log and the webhook."""
    log, webhook = profile.control_plane.audit.log, profile.control_plane.audit.webhook
    chosen = {
        "audit-policy-file": Choice(on_host("audit-policy.yaml"), "controlPlane.audit.level"),
        "audit-log-path": Choice(f"{LOG_FOLDER}/audit.log", _LOG),
        "audit-log-maxage": Choice(str(log.max_age), f"{_LOG}.maxAge"),
        "audit-log-maxbackup": Choice(str(_files(log)), f"{_LOG}.maxBackup"),
        "audit-log-maxsize": Choice(str(log.max_size), f"{_LOG}.maxSize"),
    }
    if webhook is not None:
        source = "controlPlane.audit.webhook"
        chosen["audit-webhook-config-file"] = Choice(on_host("audit-webhook.yaml"), source)
        chosen["audit-webhook-mode"] = Choice(webhook.mode, f"{source}.mode")
    return chosen


def gaps(profile: Profile) -> Iterator[Gap]:
    """What is not recorded, what is not kept, and what a framework asks for in vain."""
    if not distribution(profile.cluster.distribution).installer:
        return
    if loses_yaml(profile.cluster.kubernetes):
        yield _lost_yaml(profile.control_plane.audit.webhook)
    log = profile.control_plane.audit.log
    if log.daily_size is None:
        yield Gap(
            path=f"{_LOG}.dailySize",
            what=f"{_files(log)} files of {log.max_size} MB hold what a busy cluster writes in hours, and maxAge makes "
            "none of it last: measure what a day writes and say so here, or keep it elsewhere by the webhook",
            who="administrator",
        )
    if profile.compliance.stig is not None:
        yield Gap(
            path="compliance.stig",
            what="V-242403 asks for an audit policy of one rule that records every body, Secrets and tokens included; "
            "CIS 3.2.2 asks for the reverse, and is met",
            who="nobody: they exclude each other",
        )


def _lost_yaml(webhook: AuditWebhook | None) -> Gap:
    """Server-side apply, before 1.37."""
    lost = (
        "before 1.37, Kubernetes records only that a server-side apply whose body is YAML arrives, who sent it and to "
    )
    lost += "what: what was sent and what became of it is lost"
    if webhook is not None and webhook.mode == "batch":
        lost += ", and with it whatever the webhook was to be sent in the same batch"
    elif webhook is not None:
        lost += ", and the request waits for the webhook until its time is up, though it is done"
    return Gap(
        path="controlPlane.audit.level",
        what=f"{lost}. kubectl sends JSON, and upgrading ends it",
        who="administrator",
    )


def _files(log: AuditLog) -> int:
    """How many rotated files are kept: as many as are asked for, or as its days fill, and ten at least."""
    filled = ceil((log.daily_size or 0) * log.max_age / log.max_size)
    return log.max_backup or max(_LEAST_FILES, filled)


def _levels(asked: str) -> Mapping[str, str]:
    """The level that each word of the catalog means. Rights are recorded with the request, whatever is asked."""
    return {
        "nothing": "None",
        "who": "Metadata",
        "rights": "Request" if asked == "Metadata" else asked,
        "changes": asked,
    }


def _section(facts: Mapping[str, Any], levels: Mapping[str, str], arrivals: bool) -> Section:
    return Section(name=facts["name"], rules=tuple(_rule(rule, levels, arrivals) for rule in facts["rules"]))


def _rule(facts: Mapping[str, Any], levels: Mapping[str, str], arrivals: bool) -> Rule:
    level = levels[facts["level"]]
    return Rule(
        level=level,
        omit_stages=() if level == "None" or (arrivals and level != "Metadata") else ("RequestReceived",),
        users=tuple(facts.get("users", ())),
        groups=tuple(facts.get("groups", ())),
        verbs=tuple(facts.get("verbs", ())),
        resources=tuple(
            Resources(group=group, resources=tuple(names)) for group, names in facts.get("resources", {}).items()
        ),
        namespaces=tuple(facts.get("namespaces", ())),
        paths=tuple(facts.get("paths", ())),
    )
