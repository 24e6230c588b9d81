"""Roles of one's own: what is not refused, and what an exception lifts. The refusals are in rejected/."""

from __future__ import annotations

import pytest

from hardener.catalog import supported
from hardener.catalog.resources import resources_of
from hardener.catalog.rights import BuiltInRule, missing, rights
from tests.rbac import Asked, covers
from tests.rendering import refusals

GUARD_RAILS = (
    *("namespaces", "namespaces/status", "nodes", "resourcequotas", "limitranges"),
    *("networkpolicies.networking.k8s.io", "ciliumnetworkpolicies.cilium.io", "networkpolicies.crd.projectcalico.org"),
    *(f"{kind}.rbac.authorization.k8s.io" for kind in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    *(
        f"{kind}.admissionregistration.k8s.io"
        for kind in ("validatingadmissionpolicies", "validatingwebhookconfigurations", "mutatingwebhookconfigurations")
    ),
    *("certificatesigningrequests.certificates.k8s.io", "clusterpolicies.kyverno.io"),
    *("customresourcedefinitions.apiextensions.k8s.io", "customresourcedefinitions.apiextensions.k8s.io/status"),
    *("apiservices.apiregistration.k8s.io", "apiservices.apiregistration.k8s.io/status"),
    *("runtimeclasses.node.k8s.io", "priorityclasses.scheduling.k8s.io", "clustertrustbundles.certificates.k8s.io"),
    *(f"{kind}.flowcontrol.apiserver.k8s.io" for kind in ("flowschemas", "prioritylevelconfigurations")),
    *(f"{kind}.networking.k8s.io" for kind in ("servicecidrs", "ipaddresses", "ingressclasses")),
    *(f"{kind}.storage.k8s.io" for kind in ("csidrivers", "csinodes", "storageclasses", "volumeattributesclasses")),
    *("volumeattachments.storage.k8s.io", "volumeattachments.storage.k8s.io/status"),
    *(f"{kind}.resource.k8s.io" for kind in ("deviceclasses", "resourceslices", "devicetaintrules")),
    *("storageversionmigrations.storagemigration.k8s.io", "storageversions.internal.apiserver.k8s.io/status"),
)

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


def rules(*written):
    """The rules that a role of these rules breaks, without the place inside the role."""
    role = ", ".join(written)
    return {rule for rule, _ in refusals(f"roles: {{own: [{role}]}}\n")}


@pytest.mark.parametrize(
    "rule",
    [
        "{resources: [pods, pods/log, deployments.apps/scale, events.events.k8s.io], verbs: [get, list, watch]}",
        "{resources: [configmaps], names: [release], verbs: [get, list, watch, update, patch, delete]}",
        "{resources: [pods/eviction], names: [web-0], verbs: [create]}",
        "{resources: [rollouts.argoproj.io, rollouts.argoproj.io/status], verbs: [patch]}",
        "{resources: [httproutes.gateway.networking.k8s.io], verbs: [create]}",
        "{resources: [pods.metrics.k8s.io, nodes.metrics.k8s.io, jobs.batch.volcano.sh], verbs: [list]}",
        "{resources: [secrets], verbs: [create, update, delete]}",
        "{resources: [pods/portforward], verbs: [create]}",
        "{resources: [nodes/metrics, nodes/stats, nodes, namespaces], verbs: [get]}",
        "{resources: [networkpolicies.networking.k8s.io, roles.rbac.authorization.k8s.io], verbs: [get, list, watch]}",
        "{resources: [serviceaccounts, pods/ephemeralcontainers], verbs: [get]}",
        "{paths: [/metrics, /healthz], verbs: [get, post, head, put, patch, delete, options]}",
    ],
)
def test_what_is_sound_is_not_refused(rule):
    assert rules(rule) == set()


@pytest.mark.parametrize("version", supported())
def test_every_resource_may_be_read(version):
    weak = {"secrets", "nodes/proxy", "pods/proxy", "services/proxy", "pods/exec", "pods/attach"}
    names = ", ".join(sorted(set(resources_of(version)) - weak))
    assert refusals(f"roles: {{own: [{{resources: [{names}], verbs: [get]}}]}}\n", version=version) == []


@pytest.mark.parametrize("verb", ["get", "list", "watch", "patch", "deletecollection"])
def test_whatever_is_answered_with_a_secret_reads_it(verb):
    assert rules(f"{{resources: [secrets], verbs: [{verb}]}}") == {"role.secrets"}


@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete", "deletecollection"])
@pytest.mark.parametrize("resource", GUARD_RAILS)
def test_whatever_changes_a_guard_rail_is_refused(resource, verb):
    assert rules(f"{{resources: [{resource}], verbs: [{verb}]}}") == {"role.guard-rails"}
    assert rules(f"{{resources: [{resource}], verbs: [get, list, watch]}}") == set()


@pytest.mark.parametrize("verb", ["bind", "escalate", "impersonate", "approve", "sign", "attest"])
def test_a_verb_that_leads_to_more_is_refused_on_anything(verb):
    assert rules(f"{{resources: [configmaps], verbs: [{verb}]}}") == {"role.escalation"}


@pytest.mark.parametrize("mode", ["user-info", "serviceaccount", "arbitrary-node", "associated-node"])
def test_nobody_acts_as_another_in_part(mode):
    """From 1.36 on who may impersonate somebody for some things asks with verbs of these forms.

    (pkg/endpoints/filters/impersonation of k8s.io/apiserver.)
    """
    for verb in (f"impersonate:{mode}", f"impersonate-on:{mode}:list"):
        rule = f"{{resources: [users, serviceaccounts, nodes], verbs: ['{verb}']}}"
        assert refusals(f"roles: {{own: [{rule}]}}\n", version="1.36") == [("", "roles.own.0.verbs.0")]


@pytest.mark.parametrize(
    ("resource", "verbs"),
    [
        ("persistentvolumes", {"create", "update", "patch"}),
        ("endpoints", {"create", "update", "patch"}),
        ("endpointslices.discovery.k8s.io", {"create", "update", "patch"}),
        *((f"{kind}/status", {"create", "update", "patch"}) for kind in ("services", "pods")),
        ("resourceclaims.resource.k8s.io/status", {"create", "update", "patch"}),
        *((f"{kind}.helm.cattle.io", {"create", "update", "patch"}) for kind in ("helmcharts", "helmchartconfigs")),
        ("bindings", {"create"}),
        ("pods/binding", {"create"}),
        *((f"{kind}/proxy", set(VERBS)) for kind in ("nodes", "pods", "services")),
    ],
)
def test_each_way_up_is_refused_by_the_verbs_that_open_it(resource, verbs):
    refused = {verb: rules(f"{{resources: [{resource}], verbs: [{verb}]}}") for verb in VERBS}
    assert refused == {verb: {"role.escalation"} if verb in verbs else set() for verb in VERBS}


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("{resources: [nodes/proxy], verbs: [get]}", {"role.escalation"}),
        ("{resources: [nodes/proxy], verbs: [create]}", {"role.escalation"}),
        ("{resources: [serviceaccounts/token], verbs: [create]}", {"role.escalation"}),
        ("{resources: [serviceaccounts/token], names: [app], verbs: [create]}", {"role.escalation"}),
        ("{resources: [certificatesigningrequests.certificates.k8s.io/approval], verbs: [patch]}", {"role.escalation"}),
        ("{resources: [certificatesigningrequests.certificates.k8s.io/status], verbs: [patch]}", {"role.guard-rails"}),
        ('{resources: ["*/token"], verbs: [create]}', {"role.wildcard", "role.escalation"}),
        ('{resources: ["*/exec"], verbs: [create]}', {"role.wildcard", "role.exec"}),
        ('{resources: ["secrets.*"], verbs: [get]}', {"role.wildcard", "role.secrets"}),
        ('{resources: ["*.*/status"], verbs: [patch]}', {"role.wildcard", "role.guard-rails", "role.escalation"}),
        ('{resources: ["*/status"], verbs: [update]}', {"role.wildcard", "role.guard-rails", "role.escalation"}),
        ('{resources: ["*.node.k8s.io"], verbs: [delete]}', {"role.wildcard", "role.guard-rails"}),
        ('{resources: ["*.apps"], verbs: ["*"]}', {"role.wildcard"}),
        ('{resources: ["*.apiextensions.k8s.io"], verbs: [delete]}', {"role.wildcard", "role.guard-rails"}),
        ('{resources: ["apiservices.*"], verbs: [patch]}', {"role.wildcard", "role.guard-rails"}),
        ('{resources: ["*.discovery.k8s.io"], verbs: [patch]}', {"role.wildcard", "role.escalation"}),
        ('{resources: ["*/proxy"], verbs: [get]}', {"role.wildcard", "role.escalation"}),
        ('{resources: ["persistentvolumes.*"], verbs: [create]}', {"role.wildcard", "role.escalation"}),
        (
            '{resources: [roles.rbac.authorization.k8s.io], verbs: ["*"]}',
            {"role.wildcard", "role.guard-rails", "role.escalation"},
        ),
        ('{resources: ["*.rbac.authorization.k8s.io"], verbs: [get]}', {"role.wildcard"}),
        ('{resources: [users], verbs: ["*"]}', {"role.wildcard", "role.escalation"}),
        ('{resources: [secrets], verbs: ["*"]}', {"role.wildcard", "role.secrets"}),
        ('{paths: ["*"], verbs: ["*"]}', {"role.wildcard"}),
    ],
)
def test_a_wildcard_is_refused_for_what_it_covers_too(rule, broken):
    assert rules(rule) == broken


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        # Whoever holds all verbs on roles holds escalate and bind.
        ('{resources: [roles.rbac.authorization.k8s.io], verbs: ["*"]}', "role.escalation"),
        # A name is not known yet when an object is created: the rule would allow nothing.
        ("{resources: [configmaps], names: [settings], verbs: [create]}", "role.names"),
        # The kubelet runs commands for whoever reaches it through its node.
        ("{resources: [nodes/proxy], verbs: [get]}", "role.escalation"),
        # Over WebSocket exec is a get, and before 1.35 no more than that was asked for.
        ("{resources: [pods/exec], verbs: [get]}", "role.exec"),
        ("{resources: [pods/attach], verbs: [get]}", "role.exec"),
    ],
)
def test_pitfall_27_a_role_that_gives_more_than_it_says_or_nothing_is_refused(rule, refused):
    for version in ("1.24", "1.34", "1.35", "1.37"):
        assert refused in {found for found, _ in refusals(f"roles: {{own: [{rule}]}}\n", version=version)}


@pytest.mark.parametrize(
    ("rule", "weak", "at"),
    [
        ('{resources: [configmaps], verbs: ["*"]}', "role.wildcard", "roles.own.0.verbs.0"),
        ("{resources: [pods, secrets], verbs: [get]}", "role.secrets", "roles.own.0.resources.1"),
        ("{resources: [pods/exec], verbs: [get]}", "role.exec", "roles.own.0.resources.0"),
        ("{resources: [namespaces], verbs: [patch]}", "role.guard-rails", "roles.own.0.resources.0"),
        ("{resources: [users], verbs: [impersonate]}", "role.escalation", "roles.own.0.verbs.0"),
    ],
)
def test_an_exception_accepts_what_is_weak(rule, weak, at):
    body = f"roles: {{own: [{rule}]}}\n"
    assert refusals(body) == [(weak, at)]
    for place in (at, "roles.own.0", "roles.own", "roles"):
        given = f"exceptions: [{{rule: {weak}, at: {place}, reason: needed, owner: ops, expires: 2030-01-01}}]\n"
        assert refusals(body + given) == []


HELD = (
    BuiltInRule(verbs=("get",), resources=("pods", "deployments.apps")),
    BuiltInRule(verbs=("get", "patch"), resources=("configmaps",), names=("a",)),
    BuiltInRule(verbs=("*",), resources=("*/scale",)),
    BuiltInRule(verbs=("list",), resources=("*.batch",)),
    BuiltInRule(verbs=("watch",), resources=("jobs.*",)),
    BuiltInRule(verbs=("get",), resources=(), paths=("/metrics", "/logs/*")),
)


@pytest.mark.parametrize("verb", ["get", "list", "watch", "patch", "*"])
@pytest.mark.parametrize(
    "resource",
    [
        *("pods", "pods/log", "deployments.apps", "deployments", "deployments.apps/scale", "configmaps"),
        *("replicationcontrollers/scale", "*", "*.batch", "*.*"),
        *("jobs.batch", "jobs.batch/status", "jobs.other", "cronjobs.batch"),
    ],
)
@pytest.mark.parametrize("names", [(), ("a",), ("b",), ("a", "b")])
def test_what_is_missing_is_what_an_authorizer_would_refuse(verb, resource, names):
    """Of a right without names, one about an object that no rule names: so a name is never mistaken for all."""
    wanted = [BuiltInRule(verbs=(verb,), resources=(resource,), names=names)]
    rendered = [
        {
            "verbs": rule.verbs,
            "apiGroups": [name.partition("/")[0].partition(".")[2]],
            "resources": ["".join([name.partition("/")[0].partition(".")[0], *name.partition("/")[1:]])],
            "resourceNames": rule.names,
        }
        for rule in HELD
        for name in rule.resources
    ]
    refused = {
        name
        for name in names or ("unnamed",)
        if not any(covers(rule, Asked(verb, resource, "", name)) for rule in rendered)
    }
    assert {target.name or "unnamed" for target in missing(rights(HELD), rights(wanted))} == refused


@pytest.mark.parametrize(
    ("path", "is_held"),
    [
        *(("/metrics", True), ("/metrics/x", False), ("/logs/x", True), ("/logs/", True), ("/logs", False)),
        *(("/logs/*", True), ("/logs/a/*", True), ("/*", False), ("*", False)),
    ],
)
def test_a_path_is_covered_by_itself_or_by_a_star_before_it(path, is_held):
    wanted = [BuiltInRule(verbs=("get",), resources=(), paths=(path,))]
    assert (missing(rights(HELD), rights(wanted)) == {}) == is_held
