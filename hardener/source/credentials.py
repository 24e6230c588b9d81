"""What a private key, a token or a password looks like in a text.

Each has a form that hardly anything else has. What has none (a password in a field of its own, a key of 32 bytes) is
told by where it stands, and not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# What it is, a text without which it cannot be there, which settles it for most texts, and its pattern.
FORMS: Final = (
    ("a private key", "PRIVATE KEY", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),
    # The same in base64, as kubeconfigs and Secrets hold it: what begins with five dashes and BEGIN, but for
    # certificates (BDRVJU) and public keys (BQVUJM).
    ("a private key", "LS0tLS1CRUdJTi", r"LS0tLS1CRUdJTi(?!BDRVJU|BQVUJM)[A-Za-z0-9+/]{16}"),
    ("a private key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("a private key", "client-key-data", r"client-key-data[\"']?\s*:\s*[\"']?[A-Za-z0-9+/=]{4}"),
    # A JSON object in base64 begins so, and a token is two of them and a signature.
    ("a token", "eyJ", r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    ("a token", "gh", r"(?<!\w)gh[opsur]_[A-Za-z0-9]{36}"),
    ("a token", "glpat-", r"(?<!\w)glpat-[\w-]{20}"),
    ("a token", "xox", r"(?<!\w)xox[abopsr]-[\w-]{10}"),
    ("a token", "earer ", r"(?<!\w)[Bb]earer (?=[A-Za-z._~+/-]*[0-9])[\w.~+/-]{16,}"),
    # tokenPattern of k8s.io/cluster-bootstrap (token/api); one of 1,200 has no digit, and neither has a name like this.
    ("a bootstrap token", ".", r"(?<![\w.-])(?=[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.-]))[a-z.]*[0-9]"),
    ("a password", "://", r"[A-Za-z][\w+.-]*://[^/\s:@\"']*:[^/\s@\"']+@"),
)
# Of a bootstrap token, for hardly a text has no dot.
_AFTER_THE_DOT: Final = r"\.[a-z0-9]{16}(?![\w.-])"


def credentials(text: str) -> Iterator[tuple[int, str]]:
    """Where in a text something stands that only its owner may know, and what it is.

    >>> list(credentials("see https://jo:hunter2@example.com"))
    [(4, 'a password')]
    """
    for what, mark, pattern in FORMS:
        if mark in text and (mark != "." or re.search(_AFTER_THE_DOT, text)):
            for found in re.finditer(pattern, text):
                yield found.start(), what
