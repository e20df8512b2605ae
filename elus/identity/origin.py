"""Where a request comes from, as far as an account needs to know: device, program, rough network. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

DEVICES = ("iPad", "iPhone", "Android", "Windows", "Macintosh", "Linux")
PROGRAMS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
WIDTHS = {4: 24, 6: 48}  # enough to tell home from elsewhere, not enough to tell a house
COUNTED = {4: 32, 6: 64}


@dataclass(frozen=True)
class Origin:
    """What is kept of where a session comes from."""

    client: str  # « Safari, iPad »
    network: str = ""  # "192.0.2.0/24"
    device: str | None = None  # SHA-256 of the token this browser keeps
    behind: str = ""  # the address failures are counted by, never kept but under a keyed hash


def named_client(agent: str) -> str:
    """The device and program of a User-Agent header in two words; the rest of the header is not kept."""
    device = next((name for name in DEVICES if name in agent), "")
    program = next((name for sign, name in PROGRAMS if sign in agent), "")
    device = {"Macintosh": "Mac ou iPad"}.get(device, device)
    return ", ".join(part for part in (program, device) if part) or "appareil inconnu"


@lru_cache(2048)
def rough_network(address: str | None) -> str:
    """The /24 or /48 an address belongs to; empty when it is not an address."""
    return _network(address, WIDTHS)


@lru_cache(2048)
def counted_network(address: str | None) -> str:
    """What failures are counted by: one IPv4 address, or the /64 in which an IPv6 one changes at will."""
    return _network(address, COUNTED)


def _network(address: str | None, widths: dict[int, int]) -> str:
    try:
        exact = ip_address(address or "")
    except ValueError:
        return ""
    exact = getattr(exact, "ipv4_mapped", None) or exact
    return str(ip_network(f"{exact}/{widths[exact.version]}", strict=False))


def beginning(network: str) -> str:
    """What the addresses of a rough network begin with, « 192.0.2 » for 192.0.2.0/24; empty when it is not known."""
    try:
        rough = ip_network(network)
    except ValueError:
        return ""
    if rough.version == 4:
        return ".".join(str(rough.network_address).split(".")[: rough.prefixlen // 8])
    return ":".join(f"{int(part, 16):x}" for part in rough.network_address.exploded.split(":")[: rough.prefixlen // 16])
