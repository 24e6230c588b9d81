"""CEL, the language of admission policies, as the API server of a version reads it.

    lexer, syntax  the words and the tree of an expression
    types          which type may stand where another is asked for
    values         what there is, and when two are equal
    functions      what a function is; the modules named there have a table of them each
    macros         all, exists, map, filter, has and the rest
    checks         what else an API server asks of an expression
    plan           types checked, and a function that evaluates the whole, made of those in `running`
    declarations   what an expression of a policy may name

Written here, since no library suits: cel-python knows no optional fields (`.?`, `[?]`) and none of Kubernetes' own
functions and checks no types; common-expression-language's parser refuses optional fields too. What is not understood
raises NotUnderstoodError, which is a finding; an expression that fails as it would on an API server, EvaluationError.
Bombs end early: in depth, in length, in steps, and in the length of what they make.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import Struct

from hardener.verify.cel.declarations import Scope, policy_scope
from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.plan import STEPS, Planner
from hardener.verify.cel.running import Run
from hardener.verify.cel.syntax import parse
from hardener.verify.cel.types import Type

__all__ = ["EvaluationError", "Expression", "NotUnderstoodError", "Scope", "compiled", "policy_scope"]


class Expression(Struct, frozen=True, eq=False):
    """An expression that an API server takes, with the type of what comes back."""

    text: str
    type: Type
    run: Run

    def evaluate(self, names: dict[str, Any]) -> Any:
        """The value, given what the scope names. Raises EvaluationError if the expression fails."""
        return self.run({**names, STEPS: [0]})


@lru_cache(maxsize=10_000)
def compiled(text: str, scope: Scope) -> Expression:
    """Read an expression and check its types.

    >>> scope = Scope(36, (("object", Type("dyn")),))
    >>> compiled("object.?spec.?hostUsers.orValue(true)", scope).evaluate({"object": {"spec": {}}})
    True
    """
    planner = Planner(scope)
    try:
        found = planner.whole(parse(text))
    except RecursionError as error:
        raise NotUnderstoodError("an expression nested too deeply") from error
    return Expression(text, found.type, found.run)
