"""Files of a form that nobody foresaw: what reads them stumbles, and calls nothing proven or equal."""

from __future__ import annotations

from typing import Final

# What Python raises where data has another form than the code that reads it takes for granted.
STUMBLES: Final = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


def unforeseen(error: Exception) -> str:
    """What is said of files on which the code that reads them stumbles."""
    what = f"{type(error).__name__}: {error}"
    return f"it cannot be judged: something in these files has a form that nobody foresaw ({what})"
