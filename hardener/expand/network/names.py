"""Names of policies, made of what they select: readable, never too long, never the same for two selectors."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256

from hardener.plan.network import Labels

LONGEST = 63
_PLAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@cache
def flows_policy(labels: Labels) -> str:
    """The name of the policy that holds the flows of the pods with `labels`.

    Plain keys and values stand in it as they are, joined by dots, so that their number is even. What cannot stand in
    a name is replaced, and a digest keeps such names apart: with three parts they are never those of plain labels.

    >>> flows_policy(()), flows_policy((("app", "api"),)), flows_policy((("app.kubernetes.io/name", "Api"),))
    ('flows-all', 'flows-app.api', 'flows-app-kubernetes-io-name-api.digest.4761bc65cec74c95')
    """
    if not labels:
        return "flows-all"
    parts = [part for label in labels for part in label]
    name = f"flows-{'.'.join(parts)}"
    if len(name) <= LONGEST and all(_PLAIN.fullmatch(part) for part in parts):
        return name
    digest = sha256(repr(labels).encode()).hexdigest()[:16]
    end = f".digest.{digest}"
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[: LONGEST - len(end)].rstrip("-")
    return f"{readable}{end}"
