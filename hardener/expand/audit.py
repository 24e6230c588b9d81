"""What is recorded of each request, and where the records go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.catalog import distribution
from hardener.catalog.audit import audit_sections
from hardener.expand.flags import Choice, Choices, on_host
from hardener.plan.audit import Audit, Resources, Rule, Section
from hardener.plan.gap import Gap
from hardener.profile import Profile

LOG_FOLDER: Final = "/var/log/kubernetes/audit"
_LOG: Final = "controlPlane.audit.log"


def audit(profile: Profile) -> Audit | None:
    """The audit policy; None where the control plane is not set up by us."""
    if not distribution(profile.cluster.distribution).installer:
        return None
    levels = _levels(profile.control_plane.audit.level)
    return Audit(sections=tuple(_section(facts, levels) for facts in audit_sections()))


def choices(profile: Profile) -> Choices:
    """The API server's flags for the policy, the log and the webhook."""
    log, webhook = profile.control_plane.audit.log, profile.control_plane.audit.webhook
    chosen = {
        "audit-policy-file": Choice(on_host("audit-policy.yaml"), "controlPlane.audit.level"),
        "audit-log-path": Choice(f"{LOG_FOLDER}/audit.log", _LOG),
        "audit-log-maxage": Choice(str(log.max_age), f"{_LOG}.maxAge"),
        "audit-log-maxbackup": Choice(str(log.max_backup), f"{_LOG}.maxBackup"),
        "audit-log-maxsize": Choice(str(log.max_size), f"{_LOG}.maxSize"),
    }
    if webhook is not None:
        source = "controlPlane.audit.webhook"
        chosen["audit-webhook-config-file"] = Choice(on_host("audit-webhook.yaml"), source)
        chosen["audit-webhook-mode"] = Choice(webhook.mode, f"{source}.mode")
    return chosen


def gaps(profile: Profile) -> Iterator[Gap]:
    """What the policy cannot make Kubernetes record."""
    if distribution(profile.cluster.distribution).installer:
        yield Gap(
            path="controlPlane.audit.level",
            what="Kubernetes drops the record of a server-side apply whose body is YAML wherever bodies are recorded; "
            "kubectl sends JSON",
            who="nobody yet",
        )


def _levels(asked: str) -> Mapping[str, str]:
    """The level that each word of the catalog means. Rights are recorded with the request, whatever is asked."""
    return {
        "nothing": "None",
        "who": "Metadata",
        "rights": "Request" if asked == "Metadata" else asked,
        "changes": asked,
    }


def _section(facts: Mapping[str, Any], levels: Mapping[str, str]) -> Section:
    return Section(name=facts["name"], rules=tuple(_rule(rule, levels) for rule in facts["rules"]))


def _rule(facts: Mapping[str, Any], levels: Mapping[str, str]) -> Rule:
    level = levels[facts["level"]]
    return Rule(
        level=level,
        # One record is enough, unless Kubernetes may lose it: that of a body.
        omit_stages=("RequestReceived",) if level == "Metadata" else (),
        users=tuple(facts.get("users", ())),
        groups=tuple(facts.get("groups", ())),
        verbs=tuple(facts.get("verbs", ())),
        resources=tuple(
            Resources(group=group, resources=tuple(names)) for group, names in facts.get("resources", {}).items()
        ),
        namespaces=tuple(facts.get("namespaces", ())),
        paths=tuple(facts.get("paths", ())),
    )
