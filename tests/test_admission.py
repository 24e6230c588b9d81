"""Admission policies: the shape they are written in, and texts of the profile within their expressions."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hardener.expand import cel
from hardener.plan.admission import AdmissionPolicy, Requests, Validation, Variable
from hardener.templating import _environment
from tests.hostile_texts import HOSTILE

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(HOSTILE)
POLICY = AdmissionPolicy(
    name="hardener-pods-zone-apps",
    requests=(
        Requests(group="", resources=("pods", "pods/ephemeralcontainers")),
        Requests(group="apps", resources=("deployments",), operations=("CREATE",)),
    ),
    variables=(Variable(name="hostUsers", expression="object.spec.?hostUsers.orValue(true)"),),
    validations=(
        Validation(
            expression="!variables.hostUsers",
            message="zone apps: a pod has users of its own",
            message_expression="'zone apps: ' + object.metadata.name",
        ),
        Validation(expression="true", message="never said"),
    ),
    namespaces=("api", "web"),
)


def written(policy: AdmissionPolicy) -> str:
    return _environment().get_template("_admission-policy.yaml.j2").render(policy=policy)


def test_a_policy_comes_with_its_binding():
    assert (
        written(POLICY)
        == """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: hardener-pods-zone-apps
  labels:
    app.kubernetes.io/managed-by: hardener
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        resources: [pods, pods/ephemeralcontainers]
        operations: [CREATE, UPDATE]
      - apiGroups: [apps]
        apiVersions: [v1]
        resources: [deployments]
        operations: [CREATE]
  variables:
    - name: hostUsers
      expression: "object.spec.?hostUsers.orValue(true)"
  validations:
    - expression: "!variables.hostUsers"
      message: "zone apps: a pod has users of its own"
      messageExpression: "'zone apps: ' + object.metadata.name"
    - expression: "true"
      message: "never said"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: hardener-pods-zone-apps
  labels:
    app.kubernetes.io/managed-by: hardener
spec:
  policyName: hardener-pods-zone-apps
  validationActions: [Deny]
  matchResources:
    namespaceSelector:
      matchExpressions:
        - key: kubernetes.io/metadata.name
          operator: In
          values:
            - api
            - web
"""
    )


def selector(policy: AdmissionPolicy) -> dict | None:
    _, binding = yaml.safe_load_all(written(policy))
    return binding["spec"].get("matchResources")


def test_a_policy_may_hold_in_all_namespaces_but_some():
    expression = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["api", "web"]}
    assert selector(replace(POLICY, inside=False)) == {"namespaceSelector": {"matchExpressions": [expression]}}
    assert selector(replace(POLICY, inside=False, namespaces=())) is None


@pytest.mark.parametrize("without", [{"namespaces": ()}, {"validations": ()}, {"requests": ()}])
def test_a_policy_that_would_refuse_nothing_cannot_be_planned(without):
    with pytest.raises(ValueError, match="the admission policy hardener-pods-zone-apps would refuse nothing"):
        replace(POLICY, **without)


def read_back(literal: str) -> str:
    """What CEL reads in a string literal of ours: the escapes are few, and nothing else is special between quotes."""
    assert re.fullmatch(r"'([ -&(-\[\]-~]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*'", literal)
    escape = r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})"
    return re.sub(escape, lambda found: chr(int(found[1] or found[2], 16)), literal[1:-1])


@given(TEXTS)
@example("' || true || '")
def test_a_text_can_never_be_more_than_a_text(text):
    assert read_back(cel.text(text)) == text


@given(st.lists(TEXTS, max_size=4))
def test_a_list_of_texts_has_the_texts_given(texts):
    inner = cel.texts(texts)[1:-1]
    assert [read_back(each) for each in re.findall(r"'[^']*'", inner)] == texts
    assert re.sub(r"'[^']*'", "", inner) == ", " * max(len(texts) - 1, 0)


@given(TEXTS)
def test_a_text_in_an_expression_changes_nothing_but_itself(text):
    validation = Validation(expression=f"object.spec.nodeName == {cel.text(text)}", message=f"not {text}")
    policy, binding = yaml.safe_load_all(written(replace(POLICY, validations=(validation,))))
    (read,) = policy["spec"]["validations"]

    assert read["message"] == f"not {text}"
    before, _, literal = read["expression"].partition(" == ")
    assert (before, read_back(literal)) == ("object.spec.nodeName", text)
    assert binding["spec"]["validationActions"] == ["Deny"]
