"""Selectors of labels, as ClusterRoles are aggregated by.

After LabelSelectorAsSelector in staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from hardener.verify.labels import is_key, is_value


class Expression(Struct, frozen=True, forbid_unknown_fields=True):
    """One condition on a label."""

    key: str
    operator: str
    values: tuple[str, ...] | None = None

    def wrong(self) -> str:
        """Why an API server refuses it; empty if it takes it."""
        if not is_key(self.key) or not all(map(is_value, self.values or ())):
            return f"no label is called {self.key!r}, or has one of these values"
        if self.operator in ("In", "NotIn"):
            return "" if self.values else f"{self.operator} needs values"
        if self.operator in ("Exists", "DoesNotExist"):
            return f"{self.operator} takes no values" if self.values else ""
        return f"{self.operator} is no operator"

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Do the labels meet it?"""
        value, values = labels.get(self.key), self.values or ()
        if self.operator == "In":
            return value in values
        if self.operator == "NotIn":
            return value not in values
        return (value is not None) == (self.operator == "Exists")


class Selector(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Labels that must be there, and conditions; an empty one selects everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[Expression, ...] | None = None

    def wrong(self) -> str:
        """Why an API server refuses it; empty if it takes it."""
        for key, value in (self.match_labels or {}).items():
            if not is_key(key) or not is_value(value):
                return f"no label is {key}={value}"
        return next((wrong for each in self.match_expressions or () if (wrong := each.wrong())), "")

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Do the labels meet all of it?"""
        wanted = (self.match_labels or {}).items()
        return wanted <= labels.items() and all(each.holds(labels) for each in self.match_expressions or ())
