"""Labels as an API server takes them: what has others, it refuses as a whole.

After IsQualifiedName and IsValidLabelValue in staging/src/k8s.io/apimachinery/pkg/util/validation of Kubernetes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_PREFIX: Final = 253


@lru_cache(maxsize=4096)
def is_key(text: str) -> bool:
    """Can a label, or an annotation, have this key?

    >>> is_key("app"), is_key("example.com/app"), is_key("Example.com/app"), is_key("/app"), is_key("b!")
    (True, True, False, False, False)
    """
    prefix, slash, name = text.rpartition("/")
    if slash and (len(prefix) > _LONGEST_PREFIX or not _PREFIX.fullmatch(prefix)):
        return False
    return bool(_NAME.fullmatch(name))


def is_value(text: str) -> bool:
    """Can a label have this value?

    >>> is_value(""), is_value("v1.2"), is_value("x!"), is_value("-"), is_value("a" * 64)
    (True, True, False, False, False)
    """
    return text == "" or bool(_NAME.fullmatch(text))
