"""Where a request came from."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser; behind PROXY_HOPS proxies of ours, the one that the outermost of them saw.

    Counting from the right: what stands further left in X-Forwarded-For was written by the browser itself.
    """
    candidates = [request.META.get("REMOTE_ADDR", "")]
    if settings.PROXY_HOPS:
        candidates = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.PROXY_HOPS :] or candidates
    try:
        return str(ip_address(candidates[0].strip()))
    except ValueError:
        return None


def client_network(request: HttpRequest) -> str:
    """What one client can be counted by: the IPv4 address, or the /64 that one IPv6 subscriber gets."""
    address = ip_address(client_address(request) or "0.0.0.0")  # noqa: S104  # "unknown", nothing is bound to it
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return str(address)
