"""Who can act as a service account holds what the account holds elsewhere; else the grant is refused."""

from __future__ import annotations

import pytest

from tests.rendering import refusals

RULE = "escalation.service-account"
STRONG = "tenants.shop.access.0"
WRITES = ("create", "update", "patch", "delete", "deletecollection")
ACCOUNT = "{role: strong, serviceAccounts: [delivery/releaser]}"


def refused(*, here="", there="", everywhere="", accounts="", cluster="", strong="", runner=""):
    """Where a strong account is refused: `here` are grants of its own tenant, `there` of the one where it is strong."""
    strong = strong or "{resources: [configmaps], verbs: [get, patch]}"
    runner = runner or "{resources: [deployments.apps], verbs: [patch]}"
    body = f"""{cluster}zones: {{apps: {{trust: 50}}}}
roles:
  strong: [{strong}]
  runner: [{runner}]
tenants:
  shop:
    access: [{ACCOUNT}, {there}]
    namespaces: {{web: {{zone: apps}}, api: {{zone: apps}}}}
  platform:
    access: [{here}]
    namespaces:
      delivery: {{zone: apps, serviceAccounts: {{releaser: {{}}, {accounts}}}}}
      tools: {{zone: apps}}
access: [{everywhere}]
"""
    found = refusals(body)
    assert {rule.partition(".")[0] for rule, _ in found} <= {"escalation", "role"}
    return [where for rule, where in found if rule == RULE]


def test_an_account_that_nobody_can_act_as_may_be_strong():
    assert refused() == []
    assert refused(here="{role: viewer, groups: [ops]}") == []


@pytest.mark.parametrize("subject", ["groups: [ops]", "users: [ops]", "serviceAccounts: [delivery/other]"])
def test_whoever_can_run_a_pod_beside_it_would_gain(subject):
    assert refused(here=f"{{role: developer, {subject}}}", accounts="other: {}") == [STRONG]


@pytest.mark.parametrize("role", ["developer", "deployer", "operator", "admin", "runner"])
def test_each_role_that_starts_pods_counts(role):
    assert refused(here=f"{{role: {role}, groups: [ops]}}") == [STRONG]


@pytest.mark.parametrize(
    "rule",
    [
        *(f"{{resources: [pods], verbs: [{verb}]}}" for verb in ("create", "update", "patch")),
        *(
            f"{{resources: [{resource}], verbs: [{verb}]}}"
            for resource in (
                *("deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps"),
                *("jobs.batch", "cronjobs.batch", "replicationcontrollers"),
            )
            for verb in ("create", "update", "patch")
        ),
        "{resources: [pods], names: [one], verbs: [patch]}",
        "{resources: [pods/exec], verbs: [create]}",
        "{resources: [pods/exec], verbs: [get]}",
        "{resources: [pods/attach], verbs: [create]}",
        "{resources: [pods/attach], verbs: [get]}",
        "{resources: [pods/ephemeralcontainers], verbs: [patch]}",
        "{resources: [pods/ephemeralcontainers], verbs: [update]}",
        "{resources: [serviceaccounts/token], verbs: [create]}",
        "{resources: [secrets], verbs: [create, get]}",
        "{resources: [secrets], verbs: [create]}, {resources: [secrets], verbs: [list]}",
        '{resources: ["*.apps"], verbs: [create]}',
        '{resources: [pods], verbs: ["*"]}',
        '{resources: ["*.*"], verbs: ["*"]}',
    ],
)
def test_each_way_into_a_pod_counts(rule):
    assert refused(here="{role: runner, groups: [ops]}", runner=rule) == [STRONG]


@pytest.mark.parametrize(
    "rule",
    [
        "{resources: [pods], verbs: [get, list, watch, delete]}",
        "{resources: [pods/log, pods/status], verbs: [get]}",
        "{resources: [pods/portforward, pods/eviction], verbs: [create]}",
        "{resources: [deployments.apps/scale], verbs: [patch]}",
        "{resources: [secrets], verbs: [create]}",
        "{resources: [secrets], verbs: [get]}",
        "{resources: [serviceaccounts], verbs: [create, patch]}",
        "{resources: [pods.metrics.k8s.io], verbs: [create]}",
    ],
)
def test_what_starts_no_pod_does_not_count(rule):
    assert refused(here="{role: runner, groups: [ops]}", runner=rule) == []


def test_only_the_accounts_own_namespace_counts():
    assert refused(here="{role: admin, groups: [ops], namespaces: [tools]}") == []
    assert refused(here="{role: admin, groups: [ops], namespaces: [tools, delivery]}") == [STRONG]


def test_an_account_of_the_namespace_counts_by_the_roles_it_holds_there():
    assert refused(accounts="other: {roles: [deployer]}") == [STRONG]
    assert refused(accounts="other: {roles: [viewer]}") == []


def test_the_account_itself_gains_nothing():
    assert refused(here="{role: admin, serviceAccounts: [delivery/releaser]}") == []


OPS = "{role: admin, groups: [ops]}"


def test_who_holds_the_same_elsewhere_gains_nothing():
    assert refused(here=OPS, there="{role: strong, groups: [ops]}") == []
    assert refused(here=OPS, there="{role: admin, groups: [ops]}") == []


def test_who_holds_it_as_somebody_else_gains():
    assert refused(here=OPS, there="{role: strong, users: [ops]}") == [STRONG]
    assert refused(here=OPS, there="{role: strong, groups: [others]}") == [STRONG]


def test_who_holds_it_in_some_of_the_namespaces_gains_in_the_rest():
    assert refused(here=OPS, there="{role: strong, groups: [ops], namespaces: [web]}") == [STRONG]
    grants = ", ".join(f"{{role: strong, groups: [ops], namespaces: [{namespace}]}}" for namespace in ("web", "api"))
    assert refused(here=OPS, there=grants) == []


def test_who_holds_a_part_of_it_gains_the_rest():
    assert refused(here=OPS, there="{role: viewer, groups: [ops]}") == [STRONG]
    reading = "{resources: [configmaps], verbs: [get]}"
    assert refused(here=OPS, there="{role: viewer, groups: [ops]}", strong=reading) == []


def test_parts_of_several_roles_add_up():
    strong = "{resources: [configmaps], verbs: [get]}, {resources: [deployments.apps], verbs: [patch]}"
    there = "{role: viewer, groups: [ops]}, {role: runner, groups: [ops]}"
    assert refused(here=OPS, there=there, strong=strong) == []
    assert refused(here=OPS, there="{role: runner, groups: [ops]}", strong=strong) == [STRONG]


@pytest.mark.parametrize(
    ("held", "gains"),
    [
        ("{resources: [configmaps], verbs: [get, patch]}", False),
        ("{resources: [configmaps], names: [a], verbs: [get, patch]}", False),
        ("{resources: [configmaps], names: [a], verbs: [get]}", True),
        ("{resources: [configmaps], names: [b], verbs: [get, patch]}", True),
        ("{resources: [configmaps.batch], verbs: [get, patch]}", True),
        ("{resources: [services], verbs: [get, patch]}", True),
        ('{resources: ["*"], verbs: [get, patch]}', False),
        ('{resources: ["*.*"], verbs: ["*"]}', False),
        ('{resources: [configmaps], verbs: ["*"]}', False),
        ('{resources: ["*.batch"], verbs: ["*"]}', True),
    ],
)
def test_names_and_groups_are_told_apart(held, gains):
    """What `runner` holds here is compared with what the account holds on one config map."""
    strong = "{resources: [configmaps], names: [a], verbs: [get, patch]}"
    there = "{role: runner, groups: [ops]}"
    assert refused(here=OPS, there=there, strong=strong, runner=held) == ([STRONG] if gains else [])


def test_a_role_of_the_whole_cluster_covers_every_namespace():
    reading = "{resources: [configmaps], verbs: [get]}"
    assert refused(here=OPS, everywhere="{role: auditor, groups: [ops]}", strong=reading) == []
    assert refused(here=OPS, everywhere="{role: auditor, groups: [ops]}") == [STRONG]


def test_break_glass_is_reported_and_not_refused():
    assert refused(everywhere="{role: breakGlass, users: [emergency]}") == []
    assert refused(everywhere="{role: breakGlass, groups: [ops]}", here=OPS) == []


def test_an_account_with_a_role_of_the_whole_cluster_is_strong():
    strong = "{role: auditor, serviceAccounts: [delivery/releaser]}"
    assert refused(everywhere=strong, there="{role: strong, groups: [ops]}") == []
    assert refused(everywhere=strong, there="{role: strong, groups: [ops]}", here=OPS) == ["access.0"]
    both = f"{strong}, {{role: auditor, groups: [ops]}}"
    assert refused(everywhere=both, there="{role: strong, groups: [ops]}", here=OPS) == []


def test_an_account_that_delivers_is_strong():
    delivery = "  delivery: {serviceAccounts: [delivery/releaser]}\n"
    there = "{role: strong, groups: [ops]}"
    assert refused(cluster=delivery, there=there) == []
    assert refused(cluster=delivery, there=there, here=OPS) == ["cluster.delivery"]


def test_who_delivers_could_take_every_role_and_gains_nothing():
    assert refused(cluster="  delivery: {groups: [ops]}\n", here=OPS) == []
    assert refused(cluster="  delivery: {users: [ops]}\n", here=OPS) == [STRONG]


def test_an_account_outside_of_the_profile_may_deliver():
    assert refused(cluster="  delivery: {serviceAccounts: [flux-system/controller]}\n") == []


def test_rights_in_its_own_namespace_do_not_make_an_account_strong():
    accounts = "other: {roles: [admin]}"
    assert refused(here="{role: admin, serviceAccounts: [delivery/releaser], namespaces: [delivery]}") == []
    assert refused(accounts=accounts, there="{role: strong, serviceAccounts: [delivery/other]}") == []


def test_a_role_of_ones_own_that_runs_pods_everywhere_is_refused():
    assert refused(everywhere="{role: runner, groups: [ops]}") == ["access.0"]
    assert refused(everywhere="{role: auditor, users: [a]}, {role: runner, groups: [ops]}") == ["access.1"]
    reader = "{resources: [configmaps], verbs: [get]}"
    assert refused(everywhere="{role: strong, groups: [ops]}", strong=reader) == []


@pytest.mark.parametrize(
    ("rule", "reaches"),
    [
        *((f"{{resources: [{kind}], verbs: [{verb}]}}", True) for kind in ("configmaps", "secrets") for verb in WRITES),
        ("{resources: [configmaps], names: [web, aws-auth], verbs: [update]}", True),
        ("{resources: [secrets], names: [bootstrap-token-abcdef], verbs: [update]}", True),
        ('{resources: ["*"], names: [coredns], verbs: [delete]}', True),
        ('{resources: [configmaps], verbs: ["*"]}', True),
        ("{resources: [configmaps], names: [release], verbs: [update, delete]}", False),
        ("{resources: [secrets], names: [coredns-tls], verbs: [update]}", False),
        ("{resources: [configmaps], verbs: [get, list, watch]}", False),
        ("{resources: [configmaps.example.com], verbs: [create]}", False),
    ],
)
def test_what_is_written_everywhere_is_written_among_the_systems_own(rule, reaches):
    role = f"zones: {{apps: {{trust: 50}}}}\nroles: {{own: [{rule}]}}\n"
    inside = "tenants: {shop: {access: [{role: own, groups: [a]}], namespaces: {web: {zone: apps}}}}\n"
    everywhere = "access: [{role: auditor, users: [a]}, {role: own, groups: [a]}]\n"
    found = set(refusals(role + everywhere)) - set(refusals(role + inside))
    assert found == ({("role.escalation", "access.1")} if reaches else set())
    if reaches:
        lifted = "exceptions: [{rule: role.escalation, at: access.1, reason: a, owner: ops, expires: 2030-01-01}]\n"
        assert ("role.escalation", "access.1") not in refusals(role + everywhere + lifted)


def test_one_grant_is_refused_once():
    two = "{role: strong, serviceAccounts: [delivery/other, delivery/releaser]}"
    here = f"{OPS}, {{role: developer, users: [a]}}"
    assert refused(here=here, there=two, accounts="other: {}") == [STRONG, "tenants.shop.access.1"]


@pytest.mark.parametrize("at", [STRONG, "tenants.shop", "tenants"])
def test_an_exception_accepts_it_at_the_grant_or_above(at):
    body = f"""zones: {{apps: {{trust: 50}}}}
roles: {{strong: [{{resources: [pods], verbs: [get]}}]}}
tenants:
  shop: {{access: [{ACCOUNT}], namespaces: {{web: {{zone: apps}}}}}}
  platform: {{access: [{OPS}], namespaces: {{delivery: {{zone: apps, serviceAccounts: {{releaser: {{}}}}}}}}}}
"""
    exception = f"exceptions: [{{rule: {RULE}, at: {at}, reason: releases, owner: ops, expires: 2030-01-01}}]\n"
    assert refusals(body) == [(RULE, STRONG)]
    assert refusals(body + exception) == []
