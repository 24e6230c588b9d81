"""Mistakes of shape in the words of a profile: what is wrong with a value, and the way out.

The patterns that many keys share have words of their own here; for any other its description speaks.
"""

from __future__ import annotations

from collections.abc import Sequence

from hardener.profile import authentication, scalars

Wording = tuple[str, str]

_LABEL_PART = "use letters, digits, '-', '_' and '.', beginning and ending with a letter or a digit"

PATTERNS: dict[str, Wording] = {
    scalars.LABEL: (
        "this is not a Kubernetes name",
        "use a-z, 0-9 and '-', at most 63 characters, beginning and ending with a letter or a digit",
    ),
    scalars.SUBDOMAIN: (
        "this is not a Kubernetes name",
        "use a-z, 0-9, '-' and '.', each part beginning and ending with a letter or a digit",
    ),
    scalars.QUALIFIED: ("this is not the key of a label", f"{_LABEL_PART}, as in example.com/team"),
    scalars.LABEL_VALUE: ("this is not the value of a label", f"{_LABEL_PART}, at most 63 characters"),
    scalars.ADDRESS_RANGE: (
        "this is not a range of addresses",
        "write it as 10.244.0.0/16 or fd00:10::/64; a single address ends in /32 or /128",
    ),
    scalars.PORT_RANGE: (
        "this is not a port",
        "write 8443, 8000-8100 or 53/UDP; the protocols are TCP, UDP and SCTP",
    ),
    scalars.DURATION: ("this is not a length of time", "write it in hours, minutes and seconds: 24h, 5m, 1h30m"),
    scalars.QUANTITY: ("this is not a quantity", "write it as Kubernetes does: 500m, 2, 4Gi"),
    scalars.VISIBLE: (
        "this must be one line of visible characters",
        "leave out line breaks, tabs and control characters; it may not be empty",
    ),
    authentication.URL: (
        "this is not an address that begins with https:// and holds neither a password nor a query",
        "write it as https://login.example.com/realm",
    ),
    authentication.CERTIFICATES: (
        "these are no certificates in PEM, one after another, and nothing else",
        "paste the PEM text of the CA as it is, from its first BEGIN to its last END; here it stands itself, and not "
        "the path of its file",
    ),
}


def leaked(what: str) -> Wording:
    """What to say of a text that holds a private key, a token or a password."""
    return (
        f"this holds {what}, which everybody could read who reads the profile or the output",
        "take it out, and have another issued in its place: a profile names files, and holds no secret",
    )


def mismatch(pattern: str, description: str) -> Wording:
    """What to say of text that does not fit a pattern; `description` is that of its key or of its type.

    >>> mismatch("^[a-z]+$", "a verb: get, list")
    ('this is not a verb', 'a verb: get, list')
    >>> mismatch("^[0-9-]+$", "The last day: 2027-03-31")
    ('this does not have the form that is asked for here', 'the last day: 2027-03-31')
    """
    if pattern in PATTERNS:
        return PATTERNS[pattern]
    # Types are described as things, "a verb: get, list"; keys by sentences.
    if description.startswith(("a ", "an ", "the ")):
        return f"this is not {description.partition(':')[0].partition(';')[0]}", description
    return "this does not have the form that is asked for here", clause(description)


def between(low: float | None, high: float | None) -> str:
    """The bounds of a number in words.

    >>> between(1, 65535), between(1, None), between(None, 5)
    ('between 1 and 65535', 'at least 1', 'at most 5')
    """
    if low is not None and high is not None:
        return f"between {low} and {high}"
    return f"at least {low}" if low is not None else f"at most {high}"


def choice(words: Sequence[str]) -> str:
    """Words to choose from, as a sentence lists them.

    >>> choice(["pod"]), choice(["pod", "namespace", "tenant"])
    ('pod', 'pod, namespace or tenant')
    """
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def clause(sentence: str) -> str:
    """A description as it continues a sentence: no capital, no full stop. Names keep their capitals.

    >>> clause("Who took it."), clause("CIS Kubernetes Benchmark.")
    ('who took it', 'CIS Kubernetes Benchmark')
    """
    text = sentence.removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
