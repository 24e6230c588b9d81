"""Label selectors and ranges of addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from tests.packets.policy import NotJudgedError, only

# staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation: how many values each operator takes.
OPERATORS = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}
# pkg/util/validation of apimachinery: IsQualifiedName and IsValidLabelValue.
LABEL = "[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?"
DOMAIN = "(?=.{1,253}/)[-a-z0-9]+([.][-a-z0-9]+)*/"


def sound(keys: Iterable[str], values: Iterable[str]) -> None:
    """Raise NotJudgedError for what no label can be."""
    if not all(re.fullmatch(f"({DOMAIN})?{LABEL}", key) and "." != key[0] != "-" for key in keys):
        raise NotJudgedError(f"keys {keys}")
    if not all(re.fullmatch(f"({LABEL})?", value) for value in values):
        raise NotJudgedError(f"values {values}")


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """An empty selector selects everything; all that it asks for must hold."""
    selector = selector or {}
    only(selector, "matchLabels", "matchExpressions")
    wanted = selector.get("matchLabels") or {}
    if not all(isinstance(value, str) for value in wanted.values()):
        raise NotJudgedError(f"labels {wanted}")
    sound(wanted, wanted.values())
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """`NotIn` holds of who lacks the label, too."""
    only(expression, "key", "operator", "values")
    key, operator, values = expression["key"], expression["operator"], expression.get("values") or ()
    if OPERATORS.get(operator) is not bool(values):
        raise NotJudgedError(f"{operator} with {len(values)} values")
    sound([key], values)
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    return (key in labels) is (operator == "Exists")


@cache
def in_range(address: str, cidr: str) -> bool:
    """False for an address of the other family. Bits beyond the prefix mean nothing."""
    return ip_address(address) in ip_network(cidr, strict=False)


def within(hole: str, cidr: str) -> bool:
    """Whether one range lies in another of its family."""
    inner, outer = ip_network(hole, strict=False), ip_network(cidr, strict=False)
    return inner.version == outer.version and inner[0] in outer and inner.prefixlen >= outer.prefixlen
