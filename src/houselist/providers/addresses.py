"""Which addresses a provider may have: base URLs as people type them, and IP addresses. Pure.

A name is checked again when it is connected to, by what it resolves to then; see network.py.
"""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

UrlPolicy: TypeAlias = Literal["public", "allow-private"]
Address: TypeAlias = IPv4Address | IPv6Address

_MAX_CHARACTERS: Final = 2_048
_MAX_HOST: Final = 253
# White space, controls and the backslash: URL parsers differ on them.
_FORBIDDEN: Final = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST: Final = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*"
)
# A resolver takes "127.1", "0x7f.1" and "2130706433" for addresses too.
_NUMBER_AT_END: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_OWN_NAMES: Final = re.compile(
    r"(?:.*\.)?(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)"
)

_NAT64: Final = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# Relays and test ranges that some Python versions call global.
_NOT_PUBLIC: Final = tuple(
    ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")
)
# Private networks. Link-local is not among them, because cloud metadata services are there.
_PRIVATE: Final = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "fc00::/7",
        "::1/128",
    )
)
_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}
_HINT: Final = "; HOUSELIST_PROVIDER_URL_POLICY=allow-private would allow it"


class BadAddress(ValueError):
    """The base URL can't be used; the message says what to do."""


def check_address(base_url: str, policy: UrlPolicy) -> str:
    """The base URL as it is kept: scheme, lower-case host, port, path without a slash at its end.

    Without a scheme https is meant, because Unipile's dashboard shows `api1.unipile.com:13111`.
    Raises BadAddress.
    """
    text = _checked_text(base_url)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress("This is not an address; write it as https://host:port.") from None
    if parts.scheme not in {"https", "http"}:
        raise BadAddress("The address must start with https://.")
    if parts.scheme == "http" and policy == "public":
        raise BadAddress(
            "The address must start with https://, because the key would be sent unencrypted."
        )
    if "@" in parts.netloc:
        raise BadAddress("Leave name and password out of the address; the key is given separately.")
    if port == 0:
        raise BadAddress("Port 0 can't be connected to.")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise BadAddress(
            "The path of the address holds characters that are not allowed; leave it out."
        )
    where = _checked_host(host, policy)
    return f"{parts.scheme}://{where}{'' if port is None else f':{port}'}{path}"


def may_connect(address: Address, policy: UrlPolicy) -> bool:
    """Whether a provider may be at this address. Forms that carry an IPv4 address count as that."""
    inner = _carried(address)
    if inner is not None:
        return may_connect(inner, policy)
    if policy == "allow-private" and any(_within(address, network) for network in _PRIVATE):
        return True
    return _is_public(address)


def _checked_text(base_url: str) -> str:
    text = base_url.strip()
    if not text:
        raise BadAddress("The address is empty; give the one that the provider shows.")
    if len(text) > _MAX_CHARACTERS:
        raise BadAddress(f"The address is longer than {_MAX_CHARACTERS} characters.")
    if _FORBIDDEN.search(text):
        raise BadAddress("The address contains a space, a backslash or a control character.")
    if "?" in text or "#" in text:
        raise BadAddress("Leave ? and # and what follows them out of the address.")
    return text if _SCHEME.match(text) else f"https://{text}"


def _checked_host(host: str, policy: UrlPolicy) -> str:
    literal = _literal(host)
    if literal is not None:
        if not may_connect(literal, policy):
            raise BadAddress(
                f"{literal} is not an address on the internet{_hint(literal, policy)}."
            )
        return f"[{literal}]" if isinstance(literal, IPv6Address) else str(literal)
    name = host.removesuffix(".")
    if not name.isascii():
        raise BadAddress("Write the host in ASCII; names in other scripts start with xn--.")
    if not _HOST.fullmatch(name) or len(name) > _MAX_HOST or _NUMBER_AT_END.fullmatch(name):
        raise BadAddress("The address has no valid host; write it as https://host:port.")
    if policy == "public" and ("." not in name or _OWN_NAMES.fullmatch(name)):
        raise BadAddress(f"{name} is a name in a private network{_HINT}.")
    return name


def _hint(literal: Address, policy: UrlPolicy) -> str:
    helps = policy == "public" and may_connect(literal, "allow-private")
    return _HINT if helps else ""


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4 or NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not any(_within(address, network) for network in _NOT_PUBLIC)
    )


def _within(address: Address, network: IPv4Network | IPv6Network) -> bool:
    return address in network  # False, not an error, where the versions differ


def without_version(url: str, suffix: str) -> str:
    """One text for an address, whether or not it names its version and its scheme's own port."""
    parts = urlsplit(url.removesuffix(suffix))
    host = parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}{parts.path}"
