"""What we make of an expression, in the words of `tests/cel_on_a_server.py`."""

from __future__ import annotations

from typing import Any

from hardener.verify.admission.policies import Resource, Review
from hardener.verify.admission.policies.review import names
from hardener.verify.cel import EvaluationError, NotUnderstoodError, compiled, policy_scope
from hardener.verify.cel.formatting import written
from hardener.verify.cel.values import type_of
from tests.cel_on_a_server import FAILS, NOTHING, REFUSED, object_of

UNKNOWN = "not understood"


def review() -> Review:
    """The request that a server judges, as it stands by then."""
    made: dict[str, Any] = object_of("x")
    made["metadata"]["namespace"] = "default"
    return Review(
        operation="CREATE",
        resource=Resource(resource="configmaps"),
        namespace="default",
        namespace_labels={"kubernetes.io/metadata.name": "default"},
        name="x",
        object=made,
        user="admin",
        groups=("system:masters", "system:authenticated"),
    )


def answer(text: str, minor: int) -> str:
    """REFUSED, FAILS, UNKNOWN, or the type and the value."""
    given = names(review())
    try:
        expression = compiled(text, policy_scope(minor, params=False, authorizer=False))
    except NotUnderstoodError:
        return REFUSED
    try:
        value = expression.evaluate(given)
        return f"{type_of(value)} {_shown(value)}".strip()
    except EvaluationError:
        return FAILS
    except NotUnderstoodError:
        return UNKNOWN


def _shown(value: Any) -> str:
    try:
        return written(value)
    except EvaluationError:
        return ""


def agree(here: str, there: str) -> bool:
    """Whether two answers are one. Of a value that cannot be written, a server says nothing."""
    return here == there or (there == NOTHING and here not in (REFUSED, FAILS, UNKNOWN))
