"""IP addresses and networks (staging/src/k8s.io/apiserver/pkg/cel/library/ip.go and cidr.go), from 1.30 on."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network
from typing import ClassVar, Final

from hardener.verify.cel.errors import EvaluationError
from hardener.verify.cel.functions import function, method, reads
from hardener.verify.cel.values import Opaque

_FIRST: Final = 30
_LIMITED_BROADCAST: Final = IPv4Address("255.255.255.255")
_IPV4_LINK_LOCAL_MULTICAST: Final = IPv4Network("224.0.0.0/24")


class Address(Opaque, frozen=True):
    """An IP address."""

    CEL_TYPE: ClassVar[str] = "net.IP"
    address: IPv4Address | IPv6Address


class Network(Opaque, frozen=True):
    """An address with the length of its prefix. What follows the prefix is kept."""

    CEL_TYPE: ClassVar[str] = "net.CIDR"
    address: IPv4Address | IPv6Address
    length: int

    def __str__(self) -> str:
        """As Kubernetes writes it."""
        return f"{self.address}/{self.length}"


def _ip(text: str) -> Address:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise EvaluationError(f'IP Address "{text}" parse error during conversion from string') from error
    if isinstance(address, IPv6Address) and (address.scope_id or address.ipv4_mapped):
        raise EvaluationError(f'IP address "{text}" with a zone, or IPv4-mapped, is not allowed')
    return Address(address)


def _cidr(text: str) -> Network:
    address, slash, length = text.partition("/")
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", length):
        raise EvaluationError("network address parse error during conversion from string")
    found = _ip(address).address
    if int(length) > found.max_prefixlen:
        raise EvaluationError("network address parse error during conversion from string")
    return Network(found, int(length))


def _contains(network: Network, address: Address) -> bool:
    return network.address.version == address.address.version and address.address in ip_network(
        f"{network.address}/{network.length}", strict=False
    )


def _contains_network(network: Network, other: Network) -> bool:
    return network.length <= other.length and _contains(network, Address(other.address))


def _masked(network: Network) -> Network:
    return Network(ip_network(str(network), strict=False).network_address, network.length)


def _link_local_multicast(address: Address) -> bool:
    found = address.address
    if isinstance(found, IPv4Address):
        return found in _IPV4_LINK_LOCAL_MULTICAST
    return found.packed[0] == 0xFF and found.packed[1] & 0x0F == 2


def _link_local(address: Address) -> bool:
    return address.address.is_link_local


def _global(address: Address) -> bool:
    """Go's own idea of it (net/netip): private addresses are global."""
    found = address.address
    other = found.is_unspecified or found.is_loopback or found.is_multicast or found.is_link_local
    return not other and found != _LIMITED_BROADCAST


OVERLOADS: Final = (
    function("ip", "string -> net.IP", _ip, _FIRST),
    function("isIP", "string -> bool", reads(_ip), _FIRST),
    function("ip.isCanonical", "string -> bool", lambda text: str(_ip(text).address) == text, _FIRST),
    function("string", "net.IP -> string", lambda address: str(address.address), _FIRST),
    method("family", "net.IP -> int", lambda address: address.address.version, _FIRST),
    method("isUnspecified", "net.IP -> bool", lambda address: address.address.is_unspecified, _FIRST),
    method("isLoopback", "net.IP -> bool", lambda address: address.address.is_loopback, _FIRST),
    method("isLinkLocalMulticast", "net.IP -> bool", _link_local_multicast, _FIRST),
    method("isLinkLocalUnicast", "net.IP -> bool", _link_local, _FIRST),
    method("isGlobalUnicast", "net.IP -> bool", _global, _FIRST),
    function("cidr", "string -> net.CIDR", _cidr, _FIRST),
    function("isCIDR", "string -> bool", reads(_cidr), _FIRST),
    function("string", "net.CIDR -> string", str, _FIRST),
    method("containsIP", "net.CIDR, string -> bool", lambda network, text: _contains(network, _ip(text)), _FIRST),
    method("containsIP", "net.CIDR, net.IP -> bool", _contains, _FIRST),
    method(
        "containsCIDR",
        "net.CIDR, string -> bool",
        lambda network, text: _contains_network(network, _cidr(text)),
        _FIRST,
    ),
    method("containsCIDR", "net.CIDR, net.CIDR -> bool", _contains_network, _FIRST),
    method("ip", "net.CIDR -> net.IP", lambda network: Address(network.address), _FIRST),
    method("prefixLength", "net.CIDR -> int", lambda network: network.length, _FIRST),
    method("masked", "net.CIDR -> net.CIDR", _masked, _FIRST),
)
