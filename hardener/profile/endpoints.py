"""Where the API servers are reached from outside of the cluster: a name or an address, and maybe a port."""

from __future__ import annotations

from typing import NamedTuple

from hardener.profile.addresses import Block, address_block


class Endpoint(NamedTuple):
    """A host and a port, empty where none is given. `address` is None where the host is a DNS name."""

    host: str
    port: str
    address: Block | None


def endpoint(text: str) -> Endpoint:
    """What an endpoint says, as kubeadm reads it (ParseHostPort in cmd/kubeadm/app/util/endpoint.go).

    Raises RangeError if it looks like an address and is none: what ends in a number is never a name (RFC 1123, 2.1).

    >>> endpoint("api.example.com:6443")
    Endpoint(host='api.example.com', port='6443', address=None)
    >>> endpoint("[fd00::1]:6443").host, endpoint("fd00::1").port, str(endpoint("10.0.0.1:443").address)
    ('fd00::1', '', '10.0.0.1/32')
    """
    if text.count(":") == 1 or text.startswith("["):
        host, _, port = text.rpartition(":")
    else:
        host, port = text, ""
    host = host.strip("[]")
    is_address = ":" in host or host.rpartition(".")[2].isdecimal()
    return Endpoint(host, port, address_block(host) if is_address else None)
