"""A profile that asks for Falco's rules, and Falco in small: what each rule says of an event, exceptions included.

Falco itself cannot run here. What it makes of an exception is done here as it does it, in the text of the condition
(build_rule_exception_infos in userspace/engine/rule_loader_compiler.cpp of falcosecurity/falco), where `verify` reads
what it says: two ways to the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import yaml

from hardener.emitters import audit as audit_emitter
from hardener.emitters import runtime as emitter
from hardener.expand.audit import audit
from hardener.expand.runtime import runtime
from hardener.plan.audit import Audit
from hardener.plan.runtime import Runtime
from hardener.profile import Profile
from hardener.verify.runtime.conditions import Condition, expanded, read_condition
from hardener.verify.runtime.deciding import Decide, Event, decider
from hardener.verify.runtime.reading import Rule, read_rules, with_lists
from tests.rendering import HEAD, profile

CALLS = "runtime/falco-rules.yaml"
AUDIT = "runtime/falco-audit-rules.yaml"

BODY = """\
  delivery: {users: [deployer], groups: ["oidc:platform"], serviceAccounts: [flux-system/flux]}
zones:
  apps: {trust: 50}
  open: {trust: 50, isolation: namespace}
  raw: {trust: 50, podSecurity: privileged, dns: false}
tenants:
  team:
    namespaces:
      web: {zone: apps, serviceAccounts: {app: {token: true}}}
      api: {zone: apps}
      lab: {zone: open}
      csi: {zone: raw}
flows:
  - {from: {namespace: web}, to: {namespace: api}, ports: [8443]}
  - {from: {namespace: api}, to: {cidr: 10.9.0.0/16, except: [10.9.1.0/24]}, ports: [5432, 8000-8100/UDP]}
  - {from: {namespace: web}, to: {apiServer: true}, ports: [6443], reason: it watches}
  - {from: {namespace: lab}, to: {internet: true}, ports: [443]}
runtime:
  falco: true
  quiet: {process.shell: [lab], audit.exec: [web], network.undeclared: [csi]}
exceptions:
  - {rule: zone.privileged, at: zones.raw, reason: drivers, owner: team, expires: 2027-03-31}
  - {rule: flow.internet, at: flows.3, reason: experiments, owner: team, expires: 2027-03-31}
"""
PROFILE = HEAD.format(version="1.34", cni="calico") + BODY


class _Plan:
    """What the emitter reads of a plan."""

    def __init__(self, runtime: Runtime | None = None, audit: Audit | None = None) -> None:
        self.profile, self.runtime, self.audit = "example", runtime, audit


def rendered(read: Profile) -> dict[str, str]:
    """The files of rules alone."""
    return {each.path: each.text for each in emitter.emit(_Plan(runtime(read)))}  # type: ignore[arg-type]


@cache
def policy(level: str = "Metadata", version: str = "1.34") -> str:
    """The audit policy of a profile that asks for a level."""
    asked = profile(f"controlPlane: {{audit: {{level: {level}}}}}", version=version)
    (found,) = audit_emitter.emit(_Plan(audit=audit(asked)))  # type: ignore[arg-type]
    return found.text


@cache
def files(body: str = BODY) -> Mapping[str, str]:
    """The files of rules of a profile with a body."""
    return rendered(profile(body))


def fired(event: Event, body: str = BODY) -> set[str]:
    """The rules that tell of an event."""
    file = CALLS if "evt.type" in event else AUDIT
    return {name for name, decide in falco(files(body)[file]).items() if decide(event)}


@cache
def falco(text: str) -> dict[str, Decide]:
    """What each rule of a file says of an event."""
    loaded = read_rules(text, "rules.yaml")
    macros = _macros(text, loaded.lists)
    return {
        name: decider(expanded(read_condition(with_lists(_whole(rule), loaded.lists)), macros))
        for name, rule in loaded.rules.items()
    }


def _macros(text: str, lists: dict[str, tuple[str, ...]]) -> dict[str, Condition]:
    known: dict[str, Condition] = {}
    for item in yaml.load(text, yaml.CSafeLoader):
        if "macro" in item:
            known[item["macro"]] = expanded(read_condition(with_lists(item["condition"], lists)), known)
    return known


def _whole(rule: Rule) -> str:
    """The condition with its exceptions, as Falco writes it."""
    condition = f"({rule.condition})"
    for each in rule.exceptions:
        if isinstance(each.fields, str):
            condition += f" and not ({each.fields} {each.comps} ({', '.join(map(str, each.values))}))"
            continue
        values = []
        for value in each.values:
            parts = zip(each.fields, each.comps, value, strict=True)
            values.append(f"({' and '.join(f' {field} {comp} {_part(comp, part)}' for field, comp, part in parts)})")
        condition += f" and not ({' or '.join(values)})"
    return condition


def _part(comp: str, part: object) -> str:
    if isinstance(part, list):
        return f"({', '.join(map(str, part))})"
    return f"({part})" if comp == "in" else str(part)
