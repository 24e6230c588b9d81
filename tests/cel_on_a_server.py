"""What a real API server makes of expressions: it refuses them, fails at them, or comes to a value."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Any

from tests.components.apiserver import Cluster
from tests.components.client import Client, RefusedError
from tests.waiting import wait

REFUSED = "refused"
FAILS = "fails"

_POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
_BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
_MAPS = "/api/v1/namespaces/default/configmaps?dryRun=All"
_AT_ONCE = 200
# No policy has another's name: a server may judge by a policy for a while after it was deleted.
_NUMBERS = count()
NOTHING = "no text"


def object_of(name: str) -> dict[str, Any]:
    """What is created, and so judged."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app": "web", "tier": ""}},
        "data": {"one": "1", "empty": "", "list": "a,b,,c"},
    }


def answers(cluster: Cluster, expressions: Iterable[str]) -> dict[str, str]:
    """Of each expression: REFUSED, FAILS, or its type and value as `%s` writes them."""
    found: dict[str, str] = {}
    rest = iter(dict.fromkeys(expressions))
    while some := list(islice(rest, _AT_ONCE)):
        found |= _some(cluster.admin, f"cel-{next(_NUMBERS)}", some)
    return found


def _some(admin: Client, policy: str, expressions: list[str]) -> dict[str, str]:
    taken, refused = _installed(admin, policy, expressions)
    found = dict.fromkeys(refused, REFUSED)
    wait(lambda: _asked(admin, policy, len(taken)))
    for number, expression in enumerate(taken):
        found[expression] = _asked(admin, policy, number)
    admin.delete(f"{_BINDINGS}/{policy}")
    admin.delete(f"{_POLICIES}/{policy}")
    return found


def _installed(admin: Client, policy: str, expressions: list[str]) -> tuple[list[str], list[str]]:
    """Those that the server takes, in a policy that it has, and those that it refuses."""
    refused = set(_refused(admin, policy, expressions))
    taken = [each for each in expressions if each not in refused]
    admin.create(_POLICIES, _policy(policy, taken))
    admin.create(_BINDINGS, _binding(policy))
    return taken, [each for each in expressions if each in refused]


def _refused(admin: Client, policy: str, expressions: list[str]) -> list[str]:
    """Those that the server refuses. At some its type checker breaks off (cel-go, cel/validator.go)."""
    try:
        admin.create(f"{_POLICIES}?dryRun=All", _policy(policy, expressions))
    except RefusedError as error:
        causes = json.loads(str(error).partition(" ")[2])["details"]["causes"]
        places = {int(number) for cause in causes for number in re.findall(r"validations\[(\d+)\]", cause["field"])}
        assert places, causes
        return [expressions[place] for place in sorted(places)]
    except http.client.RemoteDisconnected:
        admin.close()
        half = len(expressions) // 2
        halves = (expressions[:half], expressions[half:]) if half else ()
        return [each for some in halves for each in _refused(admin, policy, some)] if half else expressions
    return []


def _policy(name: str, expressions: list[str]) -> dict[str, Any]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE"]}
    validations = [
        *_validations(name, expressions),
        {"expression": f"object.metadata.name != '{name}-{len(expressions)}'"},
    ]
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": validations}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


def _validations(name: str, expressions: list[str]) -> Iterator[dict[str, Any]]:
    for number, expression in enumerate(expressions):
        yield {
            "expression": f"object.metadata.name != '{name}-{number}' || [{expression}\n].size() == 0",
            "message": NOTHING,
            "messageExpression": f"'%s %s'.format(dyn([dyn(type({expression}\n)), dyn({expression}\n)]))",
        }


def _binding(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }


def _asked(admin: Client, policy: str, number: int) -> str:
    try:
        admin.create(_MAPS, object_of(f"{policy}-{number}"))
    except RefusedError as error:
        message: str = json.loads(str(error).partition(" ")[2])["message"]
        said = message.partition("' denied request: ")[2]
        return FAILS if "resulted in error: " in said else said
    return ""
