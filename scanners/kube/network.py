"""Which addresses a cluster may have: whoever names a server must not make us speak to our own machine or network.

The name is resolved once and the connection goes to an address that was checked, so that a name which answers
differently the second time (DNS rebinding) gains nothing. Private ranges are allowed: clusters live there.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from scanners.kube.errors import RefusedAddress, Unreachable

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
Resolver = Callable[[str, int], list[str]]
"""(host, port) → its IP addresses as text, best first. OSError where there are none."""

LOOPBACK: tuple[IPNetwork, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

NEVER: tuple[tuple[IPNetwork, str], ...] = (
    (ip_network("169.254.0.0/16"), "link-local, where cloud metadata services are"),  # RFC 3927
    (ip_network("fe80::/10"), "link-local"),  # RFC 4291
    (ip_network("fd00:ec2::/32"), "a cloud metadata service (AWS)"),  # fd00:ec2::254, and ::23 for EKS
    (ip_network("fd20:ce::254/128"), "a cloud metadata service (Google Cloud)"),
    (ip_network("100.100.100.200/32"), "a cloud metadata service (Alibaba Cloud)"),
    (ip_network("168.63.129.16/32"), "a cloud platform service (Azure)"),
    (ip_network("192.0.0.192/32"), "a cloud metadata service (Oracle Cloud)"),
    (ip_network("0.0.0.0/8"), "unspecified, that is, this machine itself"),  # RFC 1122
    (ip_network("::/128"), "unspecified, that is, this machine itself"),
    (ip_network("224.0.0.0/4"), "multicast"),  # RFC 5771
    (ip_network("ff00::/8"), "multicast"),
    (ip_network("240.0.0.0/4"), "reserved or broadcast"),  # RFC 1112, RFC 919
)

# The last 32 bits are an IPv4 address that a translator or the kernel may send the packet on to:
# RFC 4291 (mapped, compatible) and RFC 6052 (NAT64).
_CARRY_IPV4 = (ip_network("::ffff:0:0/96"), ip_network("::/96"), ip_network("64:ff9b::/96"))
_NO_IPV4_INSIDE = (ip_address("::"), ip_address("::1"))


def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's resolver says. It may take many seconds, and has no time-out of its own."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class NetworkRules:
    """`allow_loopback` is for clusters on one's own machine; `refused` are further networks of this installation.

    `own` are addresses that the platform itself gave this process, and no person: they are allowed wherever they lie.
    Service networks are in 240.0.0.0/4 on some platforms.
    """

    allow_loopback: bool = False
    refused: tuple[IPNetwork, ...] = ()
    own: frozenset[IPAddress] = frozenset()
    resolver: Resolver = field(default=system_resolver, compare=False)

    def addresses(self, host: str, port: int, *, seconds: float) -> tuple[IPAddress, ...]:
        """The addresses of `host`, all of them allowed. Raises RefusedAddress if only one is not, and Unreachable."""
        found = tuple(_parse(text) for text in _resolve(self.resolver, host, port, seconds))
        for address in found:
            if reason := self.refusal(address):
                leads = f"{host} leads to {address}, which" if str(address) != host else host
                raise RefusedAddress(
                    f"No connection was made, since {leads} {reason}; use the address at which the API server "
                    "itself is reached from here."
                )
        return found

    def refusal(self, address: IPAddress) -> str:
        """Why the address must not be connected to, completing "ADDRESS …"; empty where it may."""
        if address in self.own:
            return ""
        for form in _forms(address):
            for network, what in NEVER:
                if form in network:
                    return f"is {what}"
            if not self.allow_loopback and any(form in network for network in LOOPBACK):
                return "is this machine itself, which this installation does not connect to"
            if any(form in network for network in self.refused):
                return "is in a network that this installation does not connect to"
        return ""


def _forms(address: IPAddress) -> list[IPAddress]:
    """The address and the IPv4 addresses inside it, by which a packet to it may arrive."""
    if isinstance(address, IPv4Address) or address in _NO_IPV4_INSIDE:
        return [address]
    inside: list[IPAddress] = []
    if any(address in network for network in _CARRY_IPV4):
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour:
        inside.append(address.sixtofour)
    if address.teredo:
        inside += address.teredo
    return [address, *inside]


def _parse(text: str) -> IPAddress:
    return ip_address(text.partition("%")[0])


def _resolve(resolver: Resolver, host: str, port: int, seconds: float) -> list[str]:
    """What `resolver` says of a name, waited for in another thread because it cannot be told when to stop."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(resolver(host, port))
        except (OSError, UnicodeError):
            return

    thread = threading.Thread(target=ask, daemon=True, name="secretsui-resolve")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Unreachable(f"The name {host} was not resolved within {seconds:g} s; check the DNS where secretsui runs.")
    if not found:
        raise Unreachable(f"The name {host} does not resolve; check its spelling, or the DNS where secretsui runs.")
    return found
