"""What can go wrong with an expression: it is not understood, or it fails when it is evaluated."""

from __future__ import annotations


class NotUnderstoodError(Exception):
    """No API server of the version takes this expression, or we do not know what one would make of it.

    Whoever catches it says so in a finding: an expression is never half understood.
    """


class EvaluationError(Exception):
    """The expression fails, as it would on an API server: what follows is for `||`, `&&` and the failurePolicy."""
