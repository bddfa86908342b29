"""Whose request it is, as far as addresses tell: the peer, or whom a trusted proxy names."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_Address = IPv4Address | IPv6Address


class Addresses:
    """Finds the caller's address behind the proxies in `trusted` (networks); `X-Forwarded-For` of anybody else is not read."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ip_network(each) for each in trusted]
        self.of = lru_cache(4096)(self._of)

    def _of(self, peer: str, forwarded: str) -> str:
        """The caller as limits know them: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer gets.

        `peer` is empty on a unix socket, whose other end can only be a proxy on this machine.
        """
        found = _parsed(peer)
        hops = [each.strip() for each in forwarded.split(",")] if forwarded else []
        while hops and ((found is None and not peer) or (found is not None and self._trusts(found))):
            named = _parsed(hops.pop())
            if named is None:
                break
            found, peer = named, str(named)
        if isinstance(found, IPv6Address):
            return str(ip_network((found, 64), strict=False))
        return str(found) if found is not None else peer or "local"

    def _trusts(self, address: _Address) -> bool:
        return any(address.version == each.version and address in each for each in self._trusted)


def _parsed(text: str) -> _Address | None:
    # With a port, as some proxies write it: `192.0.2.7:4711`, `[2001:db8::1]:4711`.
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
