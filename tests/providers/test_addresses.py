"""Which addresses a provider may have: what people type, and which IP addresses are let through."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist import config
from houselist.providers.addresses import BadAddress, check_address, may_connect

PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2001:4860:4860::8888",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
)
PRIVATE = (
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "2002:c0a8:101::",
)
NEVER = (
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "224.0.0.1",
    "224.0.1.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "2001::1",
    "100::1",
    "64:ff9b:1::1",
    "::8.8.8.8",
    "::127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2002:e000:1::1",
    "4000::1",
    "3fff::1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_on_the_internet_are_allowed(address: str) -> None:
    assert may_connect(ip_address(address), "public")
    assert may_connect(ip_address(address), "allow-private")


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_allowed_only_on_request(address: str) -> None:
    assert not may_connect(ip_address(address), "public")
    assert may_connect(ip_address(address), "allow-private")


@pytest.mark.parametrize("address", NEVER)
def test_no_provider_is_at_a_special_address(address: str) -> None:
    assert not may_connect(ip_address(address), "public")
    assert not may_connect(ip_address(address), "allow-private")


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_in_every_disguise(address: IPv4Address) -> None:
    number = int(address)
    disguises = (
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    )
    for policy in ("public", "allow-private"):
        plain = may_connect(address, policy)
        assert [may_connect(each, policy) for each in disguises] == [plain] * 3


@given(st.ip_addresses())
def test_what_python_holds_to_be_private_is_never_public(
    address: IPv4Address | IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_link_local:
        assert not may_connect(address, "public")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("api1.unipile.com:13111", "https://api1.unipile.com:13111"),
        ("  https://API8.Unipile.COM:13800/  ", "https://api8.unipile.com:13800"),
        ("https://api.unipile.com/v2", "https://api.unipile.com/v2"),
        ("https://api1.unipile.com:13111/api/v1/", "https://api1.unipile.com:13111/api/v1"),
        ("HTTPS://api.unipile.com", "https://api.unipile.com"),
        ("api.unipile.com.", "https://api.unipile.com"),
        ("https://8.8.8.8:8443", "https://8.8.8.8:8443"),
        ("https://[2001:4860:4860::8888]:1", "https://[2001:4860:4860::8888]:1"),
        ("xn--mnchen-3ya.example.com", "https://xn--mnchen-3ya.example.com"),
    ],
)
def test_a_base_url_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert check_address(typed, "public") == kept
    assert check_address(kept, "public") == kept


REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    ("https://" + "a" * 3000, "longer"),
    ("https://api.unipile.com/a b", "space"),
    ("https://api.unipile.com\\@evil.example", "backslash"),
    ("https://api.unipile.com\n.evil.example", "control"),
    ("https://api.unipile.com\x00", "control"),
    ("ftp://api.unipile.com", "https://"),
    ("file:///etc/passwd", "https://"),
    ("https://key@api.unipile.com", "name and password"),
    ("https://a:b@api.unipile.com", "name and password"),
    ("https://api.unipile.com?key=1", "?"),
    ("https://api.unipile.com#x", "#"),
    ("https://api.unipile.com:0", "Port 0"),
    ("https://api.unipile.com:99999", "https://host:port"),
    ("https://api.unipile.com:abc", "https://host:port"),
    ("https://[::1", "https://host:port"),
    ("https://", "https://host:port"),
    ("https://:443", "https://host:port"),
    ("https://api..unipile.com", "https://host:port"),
    ("https://-a.example.com", "https://host:port"),
    ("https://" + ".".join(["a" * 60] * 5), "https://host:port"),
    ("https://api.unipile.com/../admin", "path"),
    ("https://api.unipile.com//x", "path"),
    ("https://api.unipile.com/%2e%2e", "path"),
    ("https://münchen.example.com", "xn--"),
    # A resolver takes these for addresses.
    ("https://127.1", "https://host:port"),
    ("https://2130706433", "https://host:port"),
    ("https://0x7f.0.0.1", "https://host:port"),
    ("https://0177.0.0.1", "https://host:port"),
    ("https://0x7f000001", "https://host:port"),
    ("https://169.254.169.254/latest", "not an address on the internet"),
    ("https://0.0.0.0", "not an address on the internet"),
]


@pytest.mark.parametrize(("typed", "words"), REFUSED)
@pytest.mark.parametrize("policy", ["public", "allow-private"])
def test_what_is_no_base_url_is_refused_with_words(policy: str, typed: str, words: str) -> None:
    with pytest.raises(BadAddress) as caught:
        check_address(typed, policy)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "typed",
    [
        "http://api.unipile.com",
        "https://localhost:8080",
        "https://api.localhost",
        "relay",
        "https://unipile.internal",
        "https://nas.local",
        "https://127.0.0.1:1",
        "https://[::1]:1",
        "https://10.0.0.5",
        "https://192.168.0.1",
        "https://[::ffff:10.0.0.1]",
        "https://gw.lan",
    ],
)
def test_an_own_network_is_refused_unless_the_setting_allows_it(typed: str) -> None:
    with pytest.raises(BadAddress):
        check_address(typed, "public")
    assert check_address(typed, "allow-private")


def test_the_words_name_the_setting_that_helps_and_only_then() -> None:
    for typed, helps in (("https://10.0.0.5", True), ("https://169.254.169.254", False)):
        with pytest.raises(BadAddress) as caught:
            check_address(typed, "public")
        assert ("HOUSELIST_PROVIDER_URL_POLICY" in str(caught.value)) is helps


def test_the_setting_is_public_unless_it_is_told_otherwise() -> None:
    name = "HOUSELIST_PROVIDER_URL_POLICY"
    assert config.load({}).provider_url_policy == "public"
    assert config.load({name: "allow-private"}).provider_url_policy == "allow-private"
    with pytest.raises(config.SettingError, match=name):
        config.load({name: "all"})


@given(st.text(max_size=80))
def test_any_text_is_kept_or_refused_and_kept_twice_the_same(text: str) -> None:
    try:
        kept = check_address(text, "public")
    except BadAddress:
        return
    assert kept.startswith("https://")
    assert check_address(kept, "public") == kept
