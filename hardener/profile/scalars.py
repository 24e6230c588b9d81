"""The words a profile is made of: names, addresses, ports, and the model that every section is built on.

A pattern says no more than the shape that an editor can check; what Kubernetes makes of a value is for `rules`.
`$(?!\\n)` is the end of the text and nothing else: a bare `$` would let a trailing line break through.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

END = r"$(?!\n)"
_WORD = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_WORDS = rf"{_WORD}(\.{_WORD})*"
_NAME_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
LABEL = rf"^{_WORD}{END}"
SUBDOMAIN = rf"^{_WORDS}{END}"
QUALIFIED = rf"^({_WORDS}/)?{_NAME_PART}{END}"
LABEL_VALUE = rf"^({_NAME_PART})?{END}"
HOST = rf"^(\*\.)?{_WORDS}{END}"
ADDRESS_RANGE = r"^[0-9A-Fa-f.:]+/[0-9]{1,3}$(?!\n)"
PORT_RANGE = r"^[0-9]{1,5}(-[0-9]{1,5})?(/(TCP|UDP|SCTP))?$(?!\n)"
_IPV6 = "[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*"
ENDPOINT = rf"^({_WORDS}(:[0-9]{{1,5}})?|{_IPV6}|\[{_IPV6}\]:[0-9]{{1,5}}){END}"
DURATION = r"^([0-9]+(h|m|s))+$(?!\n)"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$(?!\n)"
VISIBLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$(?!\n)"

Name = Annotated[
    str, Meta(pattern=LABEL, max_length=63, description="a Kubernetes name: a-z, 0-9 and '-', at most 63 characters")
]
Subdomain = Annotated[str, Meta(pattern=SUBDOMAIN, max_length=253, description="a Kubernetes name that may have dots")]
LabelKey = Annotated[
    str,
    Meta(
        pattern=QUALIFIED, max_length=317, description="the key of a label, with or without a prefix: example.com/team"
    ),
]
LabelValue = Annotated[str, Meta(pattern=LABEL_VALUE, max_length=63, description="the value of a label")]
Cidr = Annotated[
    str, Meta(pattern=ADDRESS_RANGE, max_length=64, description="a range of addresses, IPv4 or IPv6: 10.244.0.0/16")
]
Port = (
    Annotated[str, Meta(pattern=PORT_RANGE, description="53/UDP, 8000-8100/TCP; TCP where no protocol is given")]
    | Annotated[int, Meta(ge=1, le=65535)]
)
Endpoint = Annotated[
    str,
    Meta(
        pattern=ENDPOINT,
        max_length=259,
        description="a DNS name or an address in lower case, maybe with a port: api.example.com:6443, [fd00::1]:443",
    ),
]
Duration = Annotated[str, Meta(pattern=DURATION, max_length=32, description="a length of time: 24h, 5m, 1h30m")]
Quantity = (
    Annotated[
        str, Meta(pattern=QUANTITY, max_length=32, description="a quantity as Kubernetes writes it: 500m, 2, 4Gi")
    ]
    | int
    | float
)
Text = Annotated[str, Meta(pattern=VISIBLE, max_length=1000, description="one line of text")]
Subject = Annotated[
    str, Meta(pattern=VISIBLE, max_length=253, description="a user or a group as the API server sees it")
]


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """A mapping of the profile: camelCase keys, none unknown, never changed after it was read."""
