"""Every namespace has a quota and limits, and a pod that asks for nothing is admitted under them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from hardener.catalog import quotas as catalog
from hardener.catalog.quantities import quantity
from hardener.emitters import quotas as emitter
from hardener.expand import expand
from hardener.expand.quotas import quotas
from hardener.plan.quotas import Limits, Quota
from hardener.profile import read
from hardener.source import parse
from tests.rendering import files, profile
from tests.strategies import as_yaml, profiles
from tests.test_quantities import value

WEB = """
zones: {apps: {trust: 50}}
tenants: {team: {namespaces: {web: {zone: apps}}}}
"""


def objects(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The hard limits of a quota file, and what it says of containers."""
    quota, limits = yaml.safe_load_all(text)
    assert (quota["kind"], limits["kind"]) == ("ResourceQuota", "LimitRange")
    return quota["spec"]["hard"], limits["spec"]["limits"][0]


def rendered(body: str, namespace: str = "web") -> tuple[dict[str, Any], dict[str, Any]]:
    return objects(files(body)[f"manifests/namespaces/{namespace}/quotas.yaml"])


def test_the_file_of_a_namespace():
    assert (
        files(WEB)["manifests/namespaces/web/quotas.yaml"]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
# What the namespace may take as a whole.
apiVersion: v1
kind: ResourceQuota
metadata:
  name: hardener
  namespace: web
  labels:
    app.kubernetes.io/managed-by: hardener
spec:
  hard:
    configmaps: "50"
    count/cronjobs.batch: "10"
    count/deployments.apps: "20"
    count/jobs.batch: "50"
    count/statefulsets.apps: "10"
    persistentvolumeclaims: "10"
    pods: "20"
    requests.cpu: "2"
    requests.ephemeral-storage: "8Gi"
    requests.memory: "4Gi"
    requests.storage: "50Gi"
    secrets: "50"
    services: "10"
    services.loadbalancers: "0"
    services.nodeports: "0"
---
# What a container gets when it asks for nothing: without it, the quota would refuse its pod.
apiVersion: v1
kind: LimitRange
metadata:
  name: hardener
  namespace: web
  labels:
    app.kubernetes.io/managed-by: hardener
spec:
  limits:
    - type: Container
      defaultRequest:
        cpu: "50m"
        ephemeral-storage: "256Mi"
        memory: "128Mi"
      default:
        cpu: "2"
        ephemeral-storage: "8Gi"
        memory: "4Gi"
      max:
        cpu: "2"
        ephemeral-storage: "8Gi"
        memory: "4Gi"
      min:
        cpu: "1m"
        memory: "1Mi"
"""
    )


@pytest.mark.parametrize(
    ("zone", "namespace", "quota", "limits"),
    [
        ("", "", "20", "128Mi"),
        (", quota: medium", "", "60", "128Mi"),
        (", limits: medium", "", "20", "256Mi"),
        (", quota: medium, limits: medium", ", quota: large", "200", "256Mi"),
        (", quota: medium, limits: medium", ", limits: large", "60", "512Mi"),
        ("", ", quota: large, limits: large", "200", "512Mi"),
    ],
)
def test_the_classes_are_the_namespaces_else_its_zones_else_small(zone, namespace, quota, limits):
    hard, container = rendered(f"""
zones: {{apps: {{trust: 50{zone}}}}}
tenants: {{team: {{namespaces: {{web: {{zone: apps{namespace}}}}}}}}}
""")
    assert (hard["pods"], container["defaultRequest"]["memory"]) == (quota, limits)


@pytest.mark.parametrize("quota", ["small", "medium", "large", "own"])
def test_services_reach_out_of_the_cluster_only_where_the_zone_is_exposed(quota):
    body = WEB.replace("zone: apps", f"zone: apps, quota: {quota}")
    body += "quotas: {own: {services.nodeports: 4, services.loadbalancers: 1}}\n"

    closed, _ = rendered(body)
    assert (closed["services.nodeports"], closed["services.loadbalancers"]) == ("0", "0")
    exposed, _ = rendered(body.replace("trust: 50", "trust: 50, exposed: true"))
    assert int(exposed["services.nodeports"]) >= 4 * int(exposed["services.loadbalancers"]) > 0


def test_a_quota_that_does_not_speak_of_services_closes_them_all_the_same():
    hard, _ = rendered(WEB.replace("zone: apps", "zone: apps, quota: own") + "quotas: {own: {pods: 3}}\n")
    assert hard == {"pods": "3", "services.loadbalancers": "0", "services.nodeports": "0"}


def test_a_class_of_ones_own_replaces_a_built_in_one_of_its_name():
    hard, container = rendered(
        WEB + "quotas: {small: {pods: 3}}\nlimits: {small: {default: {cpu: 1000m, memory: 0.5Gi}}}\n"
    )
    assert hard["pods"] == "3"
    assert "requests.cpu" not in hard
    assert container == {
        "type": "Container",
        "default": {"cpu": "1", "memory": "512Mi"},
        "defaultRequest": {"cpu": "1", "memory": "512Mi"},
    }


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("default: {cpu: 2}", {"default": {"cpu": "2"}, "defaultRequest": {"cpu": "2"}}),
        ("defaultRequest: {cpu: 2}", {"defaultRequest": {"cpu": "2"}}),
        ("max: {cpu: 2}", {"default": {"cpu": "2"}, "defaultRequest": {"cpu": "2"}, "max": {"cpu": "2"}}),
        ("min: {cpu: 2}", {"defaultRequest": {"cpu": "2"}, "min": {"cpu": "2"}}),
        (
            "max: {cpu: 4}, default: {cpu: 3}, defaultRequest: {cpu: 2}, min: {cpu: 1}",
            {
                "default": {"cpu": "3"},
                "defaultRequest": {"cpu": "2"},
                "max": {"cpu": "4"},
                "min": {"cpu": "1"},
            },
        ),
        (
            "max: {cpu: 4}, min: {cpu: 1, memory: 1Mi}",
            {
                "default": {"cpu": "4"},
                "defaultRequest": {"cpu": "4", "memory": "1Mi"},
                "max": {"cpu": "4"},
                "min": {"cpu": "1", "memory": "1Mi"},
            },
        ),
    ],
)
def test_limits_say_what_the_api_server_would_add(written, stored):
    _, container = rendered(WEB.replace("zone: apps", "zone: apps, limits: own") + f"limits: {{own: {{{written}}}}}\n")
    assert container == {"type": "Container", **stored}


@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_as_many_pods_that_ask_for_nothing_fit_as_a_built_in_quota_says(name):
    hard = catalog.quota_classes({})[name]
    taken = catalog.taken_by_default(catalog.limits_classes({})[name])
    pods = hard["pods"].billionths // quantity(1).billionths

    assert {resource for resource in hard if resource.partition(".")[0] in ("requests", "limits")} - taken.keys() == {
        "requests.storage"
    }
    for resource, amount in taken.items():
        if resource in hard:
            assert amount.billionths * pods <= hard[resource].billionths, resource


@pytest.mark.parametrize("limits", ["small", "medium", "large"])
@pytest.mark.parametrize("quota", ["small", "medium", "large"])
def test_a_pod_that_asks_for_nothing_fits_into_every_pair_of_built_in_classes(quota, limits):
    hard, container = rendered(WEB.replace("zone: apps", f"zone: apps, quota: {quota}, limits: {limits}"))
    assert admitted(hard, container)


@pytest.mark.parametrize("resource", ["cpu", "memory", "ephemeral-storage"])
@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_a_container_may_ask_for_the_most_or_for_next_to_nothing_and_name_no_limit(name, resource):
    hard, container = rendered(WEB.replace("zone: apps", f"zone: apps, quota: {name}, limits: {name}"))
    most, little = container["max"][resource], {"cpu": "1m", "memory": "1Mi", "ephemeral-storage": "1Ki"}[resource]

    assert admitted(hard, container, {resource: most})
    assert admitted(hard, container, {resource: little})
    assert not admitted(hard, container, {resource: str(2 * value(most))})
    assert not admitted(hard, container | {"default": container["defaultRequest"]}, {resource: most})


@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_built_in_limits_are_in_order(name):
    limits = catalog.limits_classes({})[name]
    for resource in limits.max:
        assert limits.min.get(resource, quantity(0)) < limits.default_request[resource]
        assert limits.default_request[resource] < limits.default[resource] == limits.max[resource]


@pytest.mark.parametrize(("less", "more"), [("small", "medium"), ("medium", "large")])
def test_a_larger_class_has_more_of_everything(less, more):
    quotas = catalog.quota_classes({})
    assert quotas[less].keys() == quotas[more].keys()
    assert all(quotas[less][resource] < quotas[more][resource] for resource in quotas[less])


def admitted(hard: dict[str, str], container: dict[str, Any], asked: dict[str, str] | None = None) -> bool:
    """Does LimitRanger complete a container that names no limits so that neither it nor the quota refuses the pod?"""
    requests = container["defaultRequest"] | (asked or {})
    limits = container.get("default", {})
    in_bounds = all(
        resource in limits and value(limits[resource]) <= value(most) >= value(requests[resource])
        for resource, most in container.get("max", {}).items()
    ) and all(
        value(requests[resource]) >= value(least) and value(limits.get(resource, least)) >= value(least)
        for resource, least in container.get("min", {}).items()
    )
    ordered = all(value(requests[resource]) <= value(limits[resource]) for resource in limits)
    used = {
        "pods": Fraction(1),
        **{name: value(amount) for name, amount in requests.items()},
        **{f"requests.{name}": value(amount) for name, amount in requests.items()},
        **{f"limits.{name}": value(amount) for name, amount in limits.items()},
    }
    must_be_given = {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"} & hard.keys()
    fits = all(used[name] <= value(hard[name]) for name in used.keys() & hard.keys())
    return in_bounds and ordered and must_be_given <= used.keys() and fits


def test_the_judge_of_pods_sees_what_is_wrong():
    hard, container = {"limits.cpu": "1", "pods": "1"}, {"default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}}
    assert admitted(hard, container)
    assert not admitted(hard | {"pods": "0"}, container)
    assert not admitted(hard | {"limits.cpu": "999m"}, container)
    assert not admitted(hard | {"limits.memory": "1Gi"}, container)
    assert not admitted(hard, container | {"max": {"cpu": "500m"}})
    assert not admitted(hard, container | {"min": {"cpu": "2"}})
    assert not admitted(hard, container | {"defaultRequest": {"cpu": "2"}})
    assert not admitted(hard, container, {"cpu": "2"})


@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(profiles())
def test_pitfall_22_in_every_namespace_of_every_profile_a_pod_that_asks_for_nothing_is_admitted(data):
    """A quota on cpu or memory alone refuses whoever names neither: limits that give both go with it."""
    plan = expand(read(parse(as_yaml(data), "profile.yaml")))
    texts = {artifact.path: artifact.text for artifact in emitter.emit(plan)}

    assert list(texts) == [f"manifests/namespaces/{namespace.name}/quotas.yaml" for namespace in plan.namespaces]
    for text in texts.values():
        hard, container = objects(text)
        assert hard.get("pods") == "0" or admitted(hard, container)


def test_quotas_are_sorted_by_namespace_whatever_the_order_of_the_profile():
    zones = "zones: {apps: {trust: 50}}\n"
    one = zones + "tenants: {x: {namespaces: {c: {zone: apps}, a: {zone: apps}}}, w: {namespaces: {b: {zone: apps}}}}\n"
    other = (
        zones + "tenants: {w: {namespaces: {b: {zone: apps}}}, x: {namespaces: {a: {zone: apps}, c: {zone: apps}}}}\n"
    )

    assert [quota.namespace for quota in quotas(profile(one))] == ["a", "b", "c"]
    assert quotas(profile(one)) == quotas(profile(other))


def test_amounts_are_sorted_by_resource():
    body = (
        WEB.replace("zone: apps", "zone: apps, quota: own") + "quotas: {own: {services: 1, pods: 2, configmaps: 3}}\n"
    )
    (quota,) = quotas(profile(body))
    assert quota.hard == (
        ("configmaps", "3"),
        ("pods", "2"),
        ("services", "1"),
        ("services.loadbalancers", "0"),
        ("services.nodeports", "0"),
    )


def test_a_plan_cannot_hold_a_quota_that_constrains_nothing():
    limits = Limits(default=(), default_request=(("cpu", "1"),), max=(), min=())
    with pytest.raises(ValueError, match="the quota of web constrains nothing"):
        Quota(namespace="web", hard=(), limits=limits)


def test_a_plan_cannot_hold_limits_that_give_nothing():
    with pytest.raises(ValueError, match="limits without a default request"):
        Limits(default=(), default_request=(), max=(), min=())


def test_every_file_names_its_measures():
    artifacts = list(emitter.emit(expand(profile(WEB))))
    assert [artifact.measures for artifact in artifacts] == [("quotas.quota", "quotas.limits")]
