"""Admission policies in a folder: which requests they are about, what they refuse, and what nobody understands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from hardener.emitters import emit
from hardener.expand import expand
from hardener.rules import read_sound
from hardener.source import parse
from hardener.verify.admission.policies import Policies, Resource, Review
from hardener.verify.cel.authorization import Check
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.written import read
from tests.strategies import accepted, as_yaml, profiles
from tests.test_placement import files as placed
from tests.verifying import PROFILES, rendered

RULE = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE", "UPDATE"]}
NO = {"expression": "false", "message": "no"}
GROUP = "admissionregistration.k8s.io"


def policy(name: str = "one", kind: str = "Validating", version: str = "v1", **spec: Any) -> dict[str, Any]:
    spec = {"matchConstraints": {"resourceRules": [RULE]}, **spec}
    if kind == "Validating":
        spec = {"validations": [NO], **spec}
    return _object(f"{kind}AdmissionPolicy", name, version, spec)


def binding(name: str = "one", kind: str = "Validating", version: str = "v1", **spec: Any) -> dict[str, Any]:
    actions = {"validationActions": ["Deny"]} if kind == "Validating" else {}
    return _object(f"{kind}AdmissionPolicyBinding", name, version, {"policyName": name, **actions, **spec})


def _object(kind: str, name: str, version: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/{version}", "kind": kind, "metadata": {"name": name}, "spec": spec}


def policies(*objects: dict[str, Any], minor: int = 36, **files: str) -> Policies:
    texts = {"manifests/cluster/pods.yaml": "\n---\n".join(map(json.dumps, objects))}
    texts |= {"control-plane/kube-apiserver.flags": files.get("flags", "")}
    written, findings = read(texts)
    assert findings == ()
    return Policies.read(written, minor)


def pod(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop", "labels": {"app": "web"}}
    containers = [{"name": "main", "image": "a/b:1"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **spec}}


def review(**fields: Any) -> Review:
    labels = {"kubernetes.io/metadata.name": "shop", "team": "shop"}
    given = {"operation": "CREATE", "resource": Resource(resource="pods"), "namespace": "shop", "name": "web"}
    given |= {"namespace_labels": labels, "object": pod(), "user": "jane", "groups": ("people",)}
    return Review(**{**given, **fields})


def said(found: Policies, **fields: Any) -> list[str]:
    return [each.message for each in found.judge(review(**fields)).refusals]


def test_a_policy_refuses_where_it_is_bound():
    assert said(policies(policy(), binding())) == ["no"]
    assert said(policies(policy())) == []
    assert said(policies(binding())) == []
    assert said(policies(policy(), binding(policyName="other"))) == []
    assert said(
        policies(
            policy(),
            binding(),
            _object(
                "ValidatingAdmissionPolicyBinding", "two", "v1", {"policyName": "one", "validationActions": ["Deny"]}
            ),
        )
    ) == ["no", "no"]


@pytest.mark.parametrize(
    ("actions", "refuses"),
    [(["Deny"], True), (["Deny", "Audit"], True), (["Audit"], False), (["Warn", "Audit"], False)],
)
def test_who_does_not_deny_refuses_nothing(actions, refuses):
    assert bool(said(policies(policy(), binding(validationActions=actions)))) is refuses


NAMESPACES = Resource(resource="namespaces")
EPHEMERAL = Resource(resource="pods", subresource="ephemeralcontainers")
NODE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "new"}}}


@pytest.mark.parametrize(
    ("rule", "fields", "matches"),
    [
        ({}, {}, True),
        ({}, {"operation": "DELETE", "object": None, "old_object": pod()}, False),
        ({"operations": ["*"]}, {"operation": "CONNECT"}, True),
        ({}, {"resource": EPHEMERAL, "operation": "UPDATE", "old_object": pod()}, False),
        ({"resources": ["pods/ephemeralcontainers"]}, {"resource": EPHEMERAL}, True),
        ({"resources": ["pods/*"]}, {"resource": EPHEMERAL}, True),
        ({"resources": ["pods/*"]}, {}, True),
        ({"resources": ["*/*"]}, {"resource": EPHEMERAL}, True),
        ({"resources": ["*"]}, {"resource": EPHEMERAL}, False),
        ({"resources": ["*"]}, {}, True),
        ({"resources": ["*/ephemeralcontainers"]}, {"resource": EPHEMERAL}, True),
        ({"resources": ["services"]}, {}, False),
        ({"apiGroups": ["*"]}, {}, True),
        ({"apiGroups": ["apps"]}, {}, False),
        ({"apiVersions": ["v2"]}, {}, False),
        ({"apiVersions": ["*"]}, {}, True),
        ({"scope": "Namespaced"}, {}, True),
        ({"scope": "Cluster"}, {}, False),
        ({"scope": "*"}, {}, True),
        ({"scope": "Cluster", "resources": ["namespaces"]}, {"resource": NAMESPACES, "object": NODE}, True),
        ({"scope": "Namespaced", "resources": ["namespaces"]}, {"resource": NAMESPACES, "object": NODE}, False),
        ({"resourceNames": ["web"]}, {}, True),
        ({"resourceNames": ["other"]}, {}, False),
        ({"resourceNames": ["web"]}, {"name": ""}, False),
    ],
)
def test_a_rule_is_about_requests(rule, fields, matches):
    assert (
        bool(said(policies(policy(matchConstraints={"resourceRules": [{**RULE, **rule}]}), binding()), **fields))
        is matches
    )
    excluded = {"resourceRules": [{**RULE, "resources": ["*/*"], "operations": ["*"]}]}
    excluded["excludeResourceRules"] = [{**RULE, **rule}]
    assert bool(said(policies(policy(matchConstraints=excluded), binding()), **fields)) is not matches


@pytest.mark.parametrize(
    ("selector", "fields", "matches"),
    [
        ({"matchLabels": {"team": "shop"}}, {}, True),
        ({"matchLabels": {"team": "other"}}, {}, False),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["shop"]}]}, {}, False),
        ({"matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}, {}, True),
        ({"matchLabels": {"team": "other"}}, {"namespace": "", "namespace_labels": {}}, True),
        ({"matchLabels": {"team": "new"}}, {"resource": NAMESPACES, "object": NODE}, True),
        ({"matchLabels": {"team": "shop"}}, {"resource": NAMESPACES, "object": NODE}, False),
        (
            {"matchLabels": {"team": "shop"}},
            {"resource": NAMESPACES, "operation": "DELETE", "object": None, "old_object": NODE},
            True,
        ),
    ],
)
def test_a_selector_of_namespaces_counts_in_policy_and_binding(selector, fields, matches):
    every = {"resourceRules": [{**RULE, "resources": ["*"], "operations": ["*"]}]}
    within = policy(matchConstraints={**every, "namespaceSelector": selector})
    assert bool(said(policies(within, binding()), **fields)) is matches
    bound = binding(matchResources={"namespaceSelector": selector})
    assert bool(said(policies(policy(matchConstraints=every), bound), **fields)) is matches


def test_a_selector_of_objects_takes_the_old_or_the_new():
    bound = binding(matchResources={"objectSelector": {"matchLabels": {"app": "web"}}})
    found = policies(policy(), bound)
    bare = pod()
    del bare["metadata"]["labels"]
    assert said(found) == ["no"]
    assert said(found, object=bare) == []
    assert said(found, operation="UPDATE", object=bare, old_object=pod()) == ["no"]


@pytest.mark.parametrize(
    ("expressions", "failure", "refusals"),
    [
        (["true"], "Fail", 1),
        (["false"], "Fail", 0),
        (["object.none == 1"], "Fail", 1),
        (["object.none == 1"], "Ignore", 0),
        (["object.none == 1", "false"], "Fail", 0),
        (["object.none == 1", "true"], "Fail", 1),
        (["namespaceObject == null"], "Fail", 1),
        (["!('people' in request.userInfo.groups)"], "Fail", 0),
    ],
)
def test_conditions_leave_requests_out(expressions, failure, refusals):
    conditions = [{"name": f"c{number}", "expression": each} for number, each in enumerate(expressions)]
    assert len(said(policies(policy(matchConditions=conditions, failurePolicy=failure), binding()))) == refusals


def test_what_fails_refuses_unless_the_policy_ignores_it():
    demands = [{"expression": "object.spec.none == 1", "message": "never said"}, {"expression": "true"}]
    (why,) = said(policies(policy(validations=demands), binding()))
    assert why == "expression 'object.spec.none == 1' resulted in error: no such key: none"
    assert said(policies(policy(validations=demands, failurePolicy="Ignore"), binding())) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"message": " said \t"}, "said"),
        ({}, "failed expression: 1 == 2"),
        ({"messageExpression": "'image ' + object.spec.containers[0].image"}, "image a/b:1"),
        ({"message": "said", "messageExpression": "object.none"}, "said"),
        ({"message": "said", "messageExpression": "'a\\nb'"}, "said"),
        ({"message": "said", "messageExpression": "' '"}, "said"),
        ({"message": "said", "messageExpression": "['" + "a" * 3000 + "'].map(x, x + x)[0]"}, "said"),
    ],
)
def test_what_is_said_of_a_refusal(given, message):
    if given.get("messageExpression") == "object.none":
        given = {**given, "messageExpression": "string(object.none)"}
    assert said(policies(policy(validations=[{"expression": "1 == 2", **given}]), binding())) == [message]


def test_a_variable_is_known_to_what_follows_it_and_asked_when_it_is_needed():
    variables = [
        {"name": "images", "expression": "object.spec.containers.map(c, c.image)"},
        {"name": "first", "expression": "variables.images[0]"},
        {"name": "broken", "expression": "1 / 0"},
    ]
    demands = [
        {"expression": "variables.first == 'a/b:1'", "message": "first"},
        {"expression": "variables.first == 'x' || variables.broken == 1", "message": "broken"},
        {"expression": "true || variables.broken == 1", "message": "never"},
    ]
    (why,) = said(policies(policy(variables=variables, validations=demands), binding()))
    assert "division by zero" in why
    backwards = policies(policy(variables=variables[::-1], validations=demands), binding())
    assert "selects images of what has no such field" in backwards.problems[0].message


def test_a_message_asks_nobody():
    variables = [{"name": "may", "expression": "authorizer.path('/x').check('get').allowed()"}]
    demands = [
        {"expression": "variables.may", "message": "plain", "messageExpression": "'may: ' + string(variables.may)"}
    ]
    found = policies(policy(variables=variables, validations=demands), binding())
    asked: list[Check] = []
    assert said(found, authorizer=lambda check: bool(asked.append(check))) == ["plain"]
    assert asked == [Check(verb="get", path="/x")]
    assert said(found, authorizer=lambda check: True) == []
    with pytest.raises(NotUnderstoodError, match="nobody here knows"):
        said(found)


def test_what_a_request_is_about_is_asked_of_the_authorizer():
    demands = [{"expression": "authorizer.requestResource.check('create').allowed()"}]
    asked: list[Check] = []
    said(policies(policy(validations=demands), binding()), authorizer=lambda check: bool(asked.append(check)))
    assert asked == [Check(verb="create", resource="pods", namespace="shop", name="web")]


@pytest.mark.parametrize(
    ("value", "failure", "refusals"),
    [
        ("'a'", "Fail", []),
        ("null", "Fail", []),
        ("string(object.none)", "Ignore", []),
        ("string(object.none)", "Fail", ["expression 'string(object.none)' resulted in error: no such key: none"]),
    ],
)
def test_an_annotation_that_fails_refuses_even_where_a_binding_only_audits(value, failure, refusals):
    annotations = [{"key": "a", "valueExpression": value}]
    made = policy(validations=None, auditAnnotations=annotations, failurePolicy=failure)
    assert said(policies(made, binding(validationActions=["Audit"]))) == refusals


@pytest.mark.parametrize(
    ("group", "resource"),
    [
        (GROUP, "validatingadmissionpolicies"),
        (GROUP, "mutatingadmissionpolicybindings"),
        ("authorization.k8s.io", "subjectaccessreviews"),
        ("authentication.k8s.io", "tokenreviews"),
    ],
)
def test_no_policy_judges_what_judges(group, resource):
    rule = {**RULE, "apiGroups": ["*"], "resources": ["*/*"], "operations": ["*"], "apiVersions": ["*"]}
    found = policies(policy(matchConstraints={"resourceRules": [rule]}), binding())
    assert said(found, resource=Resource(group=group, resource=resource)) == []
    assert said(found, resource=Resource(group=GROUP, resource="validatingwebhookconfigurations")) == ["no"]


COMPLETING = [
    {"patchType": "JSONPatch", "jsonPatch": {"expression": text}}
    for text in (
        "has(object.spec.nodeSelector) ? [] : [JSONPatch{op: 'add', path: '/spec/nodeSelector', value: {'a/b': 'c'}}]",
        "[JSONPatch{op: 'test', path: '/spec/nodeSelector/' + jsonpatch.escapeKey('a/b'), value: 'c'}, "
        "JSONPatch{op: 'add', path: '/spec/containers/-', value: Object.spec.containers{name: 'b', image: 'c'}}]",
        "[JSONPatch{op: 'replace', path: '/spec/containers/0/image', value: 'd'}, "
        "JSONPatch{op: 'remove', path: '/metadata/labels/app'}]",
    )
]


def completed(*mutations: str, again: str = "Never", **fields: Any) -> Any:
    patches = [{"patchType": "JSONPatch", "jsonPatch": {"expression": text}} for text in mutations]
    made = policy(kind="Mutating", mutations=patches, reinvocationPolicy=again, **fields)
    return policies(made, binding(kind="Mutating")).judge(review())


def test_a_policy_completes_a_pod_before_it_is_judged():
    demands = [{"expression": "object.spec.nodeSelector['a/b'] == 'c' && object.spec.containers.size() == 2"}]
    mutating = policy(kind="Mutating", mutations=COMPLETING, reinvocationPolicy="Never")
    found = policies(mutating, binding(kind="Mutating"), policy(validations=demands), binding())
    judged = found.judge(review())
    assert judged.refusals == ()
    assert judged.object["spec"] == {
        "containers": [{"name": "main", "image": "d"}, {"name": "b", "image": "c"}],
        "nodeSelector": {"a/b": "c"},
    }
    assert judged.object["metadata"]["labels"] == {}
    assert review().object == pod()
    assert found.complete(review()).object == judged.object


def test_a_patch_whose_test_fails_changes_nothing():
    patch = "[JSONPatch{op: 'add', path: '/spec/a', value: 1}, JSONPatch{op: 'test', path: '/spec/a', value: 2}]"
    assert completed(patch).object == pod()


@pytest.mark.parametrize(
    "patch",
    [
        "JSONPatch{op: 'remove', path: '/spec/none'}",
        "JSONPatch{op: 'add', path: '/spec/none/more', value: 1}",
        "JSONPatch{op: 'add', path: '/spec/containers/5', value: 1}",
        "JSONPatch{op: 'add', path: '/spec/containers/x', value: 1}",
        "JSONPatch{op: 'add', path: '/kind/x', value: 1}",
        "JSONPatch{op: 'add', path: '/spec/a', value: object.none}",
    ],
)
def test_a_patch_that_does_not_apply_refuses_unless_the_policy_ignores_it(patch):
    assert len(completed(f"[{patch}]").refusals) == 1
    assert completed(f"[{patch}]", failurePolicy="Ignore").refusals == ()


@pytest.mark.parametrize(
    "patch",
    [
        "JSONPatch{op: 'move', path: '/spec/a', from: '/spec/b'}",
        "JSONPatch{op: 'add', path: '', value: 1}",
        "JSONPatch{op: 'add', path: '/spec/a', value: b'x'}",
        "JSONPatch{path: '/spec/a'}",
    ],
)
def test_a_patch_that_nobody_knows_is_not_understood(patch):
    with pytest.raises(NotUnderstoodError) as error:
        completed(f"[{patch}]")
    assert error.value.finding.object == "MutatingAdmissionPolicy one"


def test_a_policy_that_asks_for_it_sees_what_later_ones_changed():
    count = "[JSONPatch{op: 'add', path: '/spec/' + (has(object.spec.z) ? 'late' : 'early'), value: 1}]"
    first = policy("a", kind="Mutating", mutations=[{"patchType": "JSONPatch", "jsonPatch": {"expression": count}}])
    text = "[JSONPatch{op: 'add', path: '/spec/z', value: 1}]"
    second = policy("b", kind="Mutating", mutations=[{"patchType": "JSONPatch", "jsonPatch": {"expression": text}}])
    for again, late in (("IfNeeded", True), ("Never", False)):
        first["spec"]["reinvocationPolicy"] = second["spec"]["reinvocationPolicy"] = again
        bindings = [binding("a", kind="Mutating"), binding("b", kind="Mutating")]
        spec = policies(first, second, *bindings).judge(review()).object["spec"]
        assert ("late" in spec, "early" in spec) == (late, True)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (policy(validations=[{"expression": "1"}]), "comes to int, where bool"),
        (policy(validations=[{"expression": "object.x"}]), "comes to dyn, where bool"),
        (policy(validations=[{"expression": "1 == 'a'"}]), "nothing takes"),
        (policy(validations=[{"expression": "a b"}]), "should stand"),
        (policy(validations=[{"expression": "params.x"}]), "params"),
        (policy(validations=[{"expression": "true", "messageExpression": "1"}]), "comes to int, where string"),
        (policy(validations=[{"expression": "true", "messageExpression": "authorizer.path('/').x"}]), "authorizer"),
        (policy(validations=[{"expression": "true", "reason": "Odd"}]), "reason"),
        (policy(validations=[{"expression": "true", "more": 1}]), "more"),
        (policy(validations=[]), "asks for nothing"),
        (policy(matchConditions=[{"name": "a", "expression": "variables.x"}]), "variables"),
        (policy(paramKind={"apiVersion": "v1", "kind": "ConfigMap"}), "paramKind"),
        (policy(failurePolicy="Maybe"), "failurePolicy"),
        (policy(matchConstraints={}), "without resourceRules"),
        (policy(matchConstraints={"resourceRules": [{**RULE, "operations": []}]}), "empty list"),
        (policy(matchConstraints={"resourceRules": [{**RULE, "operations": ["*", "CREATE"]}]}), "beside something"),
        (policy(matchConstraints={"resourceRules": [{**RULE, "resources": ["*/*", "pods"]}]}), "beside something"),
        (policy(matchConstraints={"resourceRules": [RULE], "namespaceSelector": {"a": "b"}}), "namespaceSelector"),
        (binding(matchResources={"objectSelector": {"matchExpressions": [{"key": "a"}]}}), "objectSelector"),
        (binding(paramRef={"name": "x"}), "paramRef"),
        (binding(validationActions=[]), "no API server takes"),
        (binding(validationActions=["Deny", "Warn"]), "no API server takes"),
        (policy(kind="Mutating", reinvocationPolicy="Never", mutations=[]), "mutations"),
        (
            policy(kind="Mutating", reinvocationPolicy="Never", mutations=[{"patchType": "ApplyConfiguration"}]),
            "patchType",
        ),
        (
            policy(
                kind="Mutating",
                reinvocationPolicy="Never",
                mutations=[{"patchType": "JSONPatch", "jsonPatch": {"expression": "object"}}],
            ),
            "comes to dyn, where list(JSONPatch)",
        ),
        (policy(version="v1beta1"), "has no ValidatingAdmissionPolicy of"),
        (
            policy(kind="Mutating", version="v1beta1", mutations=COMPLETING, reinvocationPolicy="Never"),
            "--runtime-config",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_understood_is_a_finding_with_its_place(made, says):
    (problem,) = policies(made).problems
    assert says in problem.message
    assert (problem.word, problem.file, problem.line) == ("pods", "manifests/cluster/pods.yaml", 1)
    assert problem.object.endswith(" one")


@pytest.mark.parametrize(
    ("minor", "version", "flags", "heeded"),
    [
        (30, "v1", "", True),
        (29, "v1", "", False),
        (29, "v1beta1", "", False),
        (29, "v1beta1", f"--runtime-config={GROUP}/v1beta1=true", False),
        (
            29,
            "v1beta1",
            f"--runtime-config={GROUP}/v1beta1=true\n--feature-gates=ValidatingAdmissionPolicy=true",
            True,
        ),
        (33, "v1beta1", f"--runtime-config={GROUP}/v1beta1", True),
        (34, "v1beta1", f"--runtime-config={GROUP}/v1beta1", False),
    ],
)
def test_a_policy_is_one_where_its_version_is_served(minor, version, flags, heeded):
    found = policies(policy(version=version), binding(version=version), minor=minor, flags=flags)
    assert bool(found.validating) is heeded
    assert bool(found.problems) is not heeded
    assert bool(said(found)) is heeded


def test_a_rule_for_another_version_of_the_same_is_not_understood():
    rule = {**RULE, "apiGroups": ["apps"], "apiVersions": ["v1beta1"], "resources": ["deployments"]}
    found = policies(policy(matchConstraints={"resourceRules": [rule]}), binding())
    deployment = Resource(group="apps", resource="deployments")
    with pytest.raises(NotUnderstoodError, match="other groups or versions"):
        said(found, resource=deployment)
    exact = {"resourceRules": [rule], "matchPolicy": "Exact"}
    assert said(policies(policy(matchConstraints=exact), binding()), resource=deployment) == []


def test_a_request_is_what_policies_see_of_it():
    demands = [
        {"expression": "request.kind.kind == 'Pod' && request.resource.resource == 'pods'"},
        {"expression": "request.name == 'web' && request.namespace == 'shop' && request.operation == 'CREATE'"},
        {"expression": "request.userInfo.username == 'jane' && request.userInfo.groups == ['people']"},
        {"expression": "oldObject == null && !has(request.userInfo.uid)"},
        {"expression": "namespaceObject.metadata.labels.team == 'shop' && !has(namespaceObject.metadata.annotations)"},
        {"expression": "namespaceObject.metadata.name == 'shop' && namespaceObject.status.phase == 'Active'"},
    ]
    assert said(policies(policy(validations=demands), binding())) == []
    with pytest.raises(NotUnderstoodError):
        said(policies(policy(validations=[{"expression": "has(request.userInfo.extra)"}]), binding()))


@pytest.mark.parametrize("profile", sorted(file.stem for file in PROFILES.glob("*.yaml")))
def test_every_policy_that_is_rendered_is_understood(profile):
    files, parsed = rendered(profile)
    written, _ = read(files)
    found = Policies.read(written, int(parsed.cluster.kubernetes.partition(".")[2]))
    assert found.problems == ()
    assert len(found.validating) == len(written.of("ValidatingAdmissionPolicy"))
    assert all(len(each.bindings) == 1 for each in (*found.validating, *found.mutating))


def _understood(files: dict[str, str], minor: int) -> Policies:
    found = Policies.read(read(files)[0], minor)
    assert found.problems == ()
    return found


@pytest.mark.parametrize("version", ["1.30", "1.33", "1.36", "1.37"])
@pytest.mark.parametrize("distribution", ["kubeadm", "eks"])
def test_every_policy_of_placement_is_understood_at_each_version(version, distribution):
    minor = int(version[2:])
    found = _understood(placed(version=version, distribution=distribution), minor)
    assert bool(found.mutating) is (distribution == "eks" and minor >= 36)


def test_a_pod_that_says_nothing_is_completed_and_then_admitted_where_policies_place_it():
    found = _understood(placed(version="1.36", distribution="eks"), 36)
    for each in found.mutating:
        (bound,) = each.bindings
        (where,) = bound.object.data["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        namespace = where["values"][0] if where["operator"] == "In" else "stranger"
        judged = found.judge(review(namespace=namespace, namespace_labels={where["key"]: namespace}))
        assert judged.object["spec"]["nodeSelector"]
        assert judged.refusals == ()


@settings(max_examples=20)
@given(profiles(versions=("1.30", "1.34", "1.36", "1.37")))
def test_every_policy_of_any_profile_is_understood(data):
    parsed = read_sound(parse(as_yaml(accepted(data)), "profile.yaml"))
    files = {each.path: each.text for each in emit(expand(parsed))}
    _understood(files, int(parsed.cluster.kubernetes.partition(".")[2]))
