"""What rules refuse of a profile leads to more in its output, and nothing else does: two accounts of the same ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hardener.catalog.kubernetes import minor
from hardener.catalog.resources import full_name, resources_of, split
from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import Profile, read
from hardener.rules import escalation as of_grants
from hardener.rules import read_sound, weak_roles
from hardener.source import parse
from hardener.verify import Finding
from hardener.verify.access.rbac import Rule
from hardener.verify.access.roles import Role
from hardener.verify.escalation import escalation, paths
from hardener.verify.escalation.doors import DOORS, SYSTEM
from hardener.verify.escalation.facts import facts
from hardener.verify.written import read as read_files
from tests import strategies
from tests.faults import escalation as faults
from tests.rendering import written
from tests.verifying import Files, add

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "*")
ASKED = ("bind", "escalate", "impersonate", "approve", "sign")
WILDCARDS = ("*", "*.*", "*.apps", "*.rbac.authorization.k8s.io", "*/status", "*/exec", "*/proxy")
CUSTOM = ("things.example.com", "helmcharts.helm.cattle.io", "ciliumnetworkpolicies.cilium.io", "policies.kyverno.io")
COMMON = settings(deadline=None, suppress_health_check=list(HealthCheck))


def found(files: Files, profile: Profile) -> list[Finding]:
    return list(escalation(read_files(files)[0], profile))


def rendered(data: Any) -> tuple[Files, Profile]:
    profile = read_sound(parse(strategies.as_yaml(data), "generated.yaml"))
    return {artifact.path: artifact.text for artifact in emit(expand(profile))}, profile


def refused(rights: dict[str, tuple[str, str]], version: str) -> set[str]:
    """The roles of one right each that are refused cluster-wide, other than for a star or a verb alone."""
    roles = "".join(
        f'  {name}: [{{resources: ["{about}"], verbs: ["{verb}"]}}]\n' for name, (about, verb) in rights.items()
    )
    grants = "".join(f"  - {{role: {name}, users: [{name}]}}\n" for name in rights)
    source = parse(written(f"roles:\n{roles}access:\n{grants}", version=version), "profile.yaml")
    profile = read(source)
    of_roles = (
        weak_roles.roles_read_no_secrets,
        weak_roles.roles_enter_no_pods,
        weak_roles.roles_leave_guard_rails_alone,
        weak_roles.roles_do_not_escalate,
    )
    everywhere = (of_grants.nobody_runs_pods_among_the_systems, of_grants.nobody_changes_how_the_system_is_set_up)
    weak = [problem.where.split(".") for rule in of_roles for problem in rule(profile, source)]
    grants_refused = [problem.where.split(".") for rule in everywhere for problem in rule(profile, source)]
    return {where[1] for where in weak} | {profile.access[int(where[1])].role for where in grants_refused}


def leads_to_more(about: str, verb: str, version: str) -> bool:
    group, resource = split(about)
    one = Rule(verbs=frozenset((verb,)), groups=frozenset((group,)), resources=frozenset((resource,)))
    opened = facts(Role("own", (one,), (None,))).opened(True, True, True)
    return any(each.door.until >= minor(version) for _, each in opened)


@pytest.mark.parametrize("version", ["1.24", "1.37"])
def test_every_verb_on_every_resource_leads_to_more_exactly_if_rules_refuse_it(version):
    about = [*resources_of(version), *WILDCARDS, *CUSTOM]
    named = {f"r{m}-{n}": (each, verb) for m, each in enumerate(about) for n, verb in enumerate(VERBS)}
    weak = refused(named, version)

    assert len(weak) > 400
    assert [pair for name, pair in named.items() if (name in weak) != leads_to_more(*pair, version)] == []


@pytest.mark.parametrize(
    ("verb", "about"),
    [
        ("bind", {"clusterroles.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io"}),
        ("escalate", {"clusterroles.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io"}),
        ("impersonate", {"groups", "serviceaccounts", "uids.authentication.k8s.io", "users"}),
        ("approve", {"signers.certificates.k8s.io"}),
        ("attest", {"signers.certificates.k8s.io"}),
        ("sign", {"signers.certificates.k8s.io"}),
    ],
)
def test_a_verb_that_is_asked_for_apart_leads_to_more_where_it_is_asked_for(verb, about):
    assert {name for name in resources_of("1.37") if leads_to_more(name, verb, "1.37")} == about


@st.composite
def wide_profiles(draw: st.DrawFn) -> Any:
    """Profiles whose own roles may say anything, each weakness with the exception that it needs."""
    data = draw(strategies._profiles(strategies.CNIS, ("1.24", "1.30", "1.34", "1.37")))
    known = resources_of(data["cluster"]["kubernetes"])
    inside = [*sorted(name for name, facts in known.items() if facts.namespaced), *WILDCARDS, *CUSTOM]
    of_cluster = [*sorted(name for name, facts in known.items() if not facts.namespaced), *WILDCARDS]
    for name in data.get("roles", {}):
        about = of_cluster if name == "path-role" else inside
        data["roles"][name] = draw(st.lists(_rules(about), min_size=1, max_size=3))
    return strategies.accepted(data)


@st.composite
def _rules(draw: st.DrawFn, about: list[str]) -> Any:
    resources = draw(st.lists(st.sampled_from(about), min_size=1, max_size=3, unique=True))
    verbs = draw(st.lists(st.sampled_from([*VERBS, *ASKED]), min_size=1, max_size=4, unique=True))
    made = {"resources": resources, "verbs": verbs}
    if not {"create", "deletecollection"} & {*verbs} and draw(st.booleans()):
        made["names"] = draw(st.lists(st.sampled_from(["a", "coredns", "hardener:viewer"]), min_size=1, unique=True))
    return made


@settings(COMMON, max_examples=35)
@given(wide_profiles())
def test_a_profile_whose_weaknesses_are_all_accepted_leads_nowhere(data):
    files, profile = rendered(data)

    assert found(files, profile) == []
    assert all(path.accepted and path.hops and str(path) for path in paths(read_files(files)[0], profile))


OWN = st.sampled_from([*sorted(resources_of("1.34")), *WILDCARDS, *CUSTOM])


@settings(COMMON, max_examples=40)
@given(OWN, st.sampled_from(VERBS))
def test_without_its_exceptions_whatever_rules_refuse_is_found(about, verb):
    body = f'roles: {{own: [{{resources: ["{about}"], verbs: ["{verb}"]}}]}}\naccess: [{{role: own, users: [ann]}}]\n'
    files, profile = rendered(strategies.accepted(yaml.safe_load(written(body))))
    assert found(files, profile) == []

    said = found(files, replace(profile, exceptions=()))
    assert bool(said) == ("own" in refused({"own": (about, verb)}, "1.34"))
    assert all(finding.object == "ClusterRole hardener:own" for finding in said)


@st.composite
def dangers(draw: st.DrawFn, namespaces: list[str], version: str) -> tuple[str, str]:
    """A right that a door stands on, as the YAML of a rule, and where it is granted."""
    door = draw(st.sampled_from([each for each in DOORS if each.until >= minor(version)]))
    target = draw(st.sampled_from(door.on))
    written = map(json.dumps, (draw(st.sampled_from(sorted(door.verbs))), target.resource, target.group))
    known = resources_of(version).get(full_name(target.group, target.resource))
    lies_in_none = known is not None and not known.namespaced and target.resource != "namespaces"
    everywhere = door.of_cluster or lies_in_none or draw(st.booleans())
    return faults.rule(*written), "" if everywhere else draw(st.sampled_from(namespaces))


def namespaces_of(profile: Profile) -> list[str]:
    return [name for tenant in profile.tenants.values() for name in tenant.namespaces]


@settings(COMMON, max_examples=40)
@given(st.data())
def test_a_dangerous_grant_is_found_in_any_profile(data):
    files, profile = rendered(data.draw(strategies.profiles()))
    dangerous, namespace = data.draw(dangers(namespaces_of(profile), profile.cluster.kubernetes))
    bound = faults.binding(faults.user("mallory"), json.dumps(namespace) if namespace else "")
    add(faults.MORE, f"{faults.role(dangerous)}---\n{bound}")(files)

    # Where a strong account lives that nobody could act as, whoever now can is a second finding.
    said = found(files, profile)
    assert {(each.file, each.message[:17]) for each in said} == {(faults.MORE, "user mallory can ")}
    (finding,) = [each for each in said if each.object == "ClusterRole more"]
    assert f"{'' if namespace else 'Cluster'}RoleBinding" in finding.message


@settings(COMMON, max_examples=40)
@given(st.data())
def test_a_service_account_made_stronger_is_found_wherever_somebody_runs_pods(data):
    files, profile = rendered(data.draw(strategies.profiles()))
    home = data.draw(st.sampled_from(namespaces_of(profile)))
    bound = faults.binding(faults.account(json.dumps(home), "strong"), data.draw(st.sampled_from(["", "elsewhere"])))
    add(faults.MORE, f"{faults.role(faults.rule('get', 'things', 'strange.example.com'))}---\n{bound}")(files)
    known = paths(read_files(files)[0], profile)
    # Whoever delivers can take any role of the output, and whoever acts as a controller can do nearly anything: by
    # what it holds itself, since each step is looked at alone.
    own = [path for path in known if len(path.hops) == 1]
    mighty = {path.who for path in own if path.gain == SYSTEM.gain or path.accepted == "it delivers the output"}
    runs = {path.who for path in known if f" claims of {home}," in f"{path.gain},"}

    said = found(files, profile)
    assert len(said) == bool(runs - mighty)
    for finding in said:
        assert f" service account {home}/strong, which can get things.strange.example.com" in finding.message
        assert finding.file == faults.MORE
        assert finding.object.endswith("more")
