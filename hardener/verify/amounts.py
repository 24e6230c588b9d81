"""Amounts that objects name, as the API server reads them."""

from __future__ import annotations

from hardener.catalog import quotas as catalog
from hardener.verify.objects import NotUnderstoodError, Object, finding


def amounts(object: Object, written: catalog.Written, *path: str | int) -> catalog.Amounts:
    """Quantities by resource. Raises NotUnderstoodError where an API server would read no quantity."""
    try:
        return catalog.amounts(written)
    except ValueError as error:
        raise NotUnderstoodError(finding("quotas", object, str(error), *path)) from error
