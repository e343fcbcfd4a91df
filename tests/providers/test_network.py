"""Names are judged by the address that is connected to, and no other is."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from fakes.unipile.server import fake_unipile
from houselist.providers.base import Broken
from houselist.providers.wire import Timeouts, call, make_client
from support.tls import certificate_for

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.unipile.server import FakeUnipile
    from houselist.providers.addresses import Address

PATH = "/api/v1/accounts/acc_1"


class Names:
    """A resolver that answers as it is told, one answer after the other, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[Address]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [ip_address(each) for each in found]


async def refused(names: Names, url: str = "https://provider.example.com/") -> Broken:
    async with make_client("public", resolve=names) as client:
        with pytest.raises(Broken) as caught:
            await call(client, "GET", url, headers={})
    return caught.value


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1", "0.0.0.0"],
)
async def test_a_name_of_an_own_network_is_refused(address: str) -> None:
    error = await refused(Names([address]))
    assert "HOUSELIST_PROVIDER_URL_POLICY" in str(error)
    assert not error.again
    assert error.unspent


async def test_an_address_typed_as_a_number_is_refused_where_it_is_connected_to() -> None:
    async with make_client("public") as client:
        for host in ("2130706433", "127.1", "0x7f000001", "localhost", "[::1]"):
            with pytest.raises(Broken) as caught:
                await call(client, "GET", f"https://{host}/", headers={})
            assert caught.value.unspent


async def test_a_name_that_changes_after_it_was_judged_is_judged_again(fake: FakeUnipile) -> None:
    """The first answer is public, the one at the time of the connection is not."""
    names = Names(["93.184.215.14"], ["127.0.0.1"])
    assert await names("provider.example.com", 443) == [ip_address("93.184.215.14")]
    error = await refused(names, f"https://provider.example.com:{fake.port}/")
    assert not error.again
    assert names.asked == ["provider.example.com"] * 2
    assert not fake.stats.calls


async def test_each_connection_looks_the_name_up_once_and_connects_to_what_it_got(
    fake: FakeUnipile,
) -> None:
    """Were the name looked up a second time to connect, it would lead astray here."""
    names = Names(["127.0.0.1"], ["192.0.2.1"])
    async with make_client("allow-private", resolve=names) as client:
        url = f"http://provider.example.com:{fake.port}{PATH}"
        answer = await call(client, "GET", url, headers={"x-api-key": "k"})
    assert answer.status == 200
    assert names.asked == ["provider.example.com"]
    assert fake.stats.requests[0].headers["host"] == f"provider.example.com:{fake.port}"


async def test_of_several_addresses_only_allowed_ones_are_tried(fake: FakeUnipile) -> None:
    names = Names(["169.254.169.254", "224.0.0.1", "127.0.0.1"])
    async with make_client("allow-private", resolve=names) as client:
        url = f"http://provider.example.com:{fake.port}{PATH}"
        assert (await call(client, "GET", url, headers={})).status == 200


async def test_an_address_where_nobody_listens_leaves_the_next_one_its_chance(
    fake: FakeUnipile,
) -> None:
    names = Names(["127.0.0.2", "127.0.0.1"])
    async with make_client("allow-private", resolve=names) as client:
        url = f"http://provider.example.com:{fake.port}{PATH}"
        assert (await call(client, "GET", url, headers={})).status == 200


async def test_plain_http_is_refused_under_public_whatever_was_kept() -> None:
    error = await refused(Names(["93.184.215.14"]), "http://provider.example.com/")
    assert not error.again


async def test_a_name_that_stands_for_nothing_is_asked_for_again_later() -> None:
    async def unknown(host: str, port: int) -> list[Address]:
        raise OSError

    for resolve in (unknown, Names([])):
        async with make_client("public", resolve=resolve) as client:
            with pytest.raises(Broken) as caught:
                await call(client, "GET", "https://provider.example.com/", headers={})
        assert caught.value.again
        assert caught.value.unspent


async def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    async def hanging(host: str, port: int) -> list[Address]:
        await asyncio.sleep(30)
        return []

    async with make_client("public", resolve=hanging, timeouts=Timeouts(connect=0.1)) as client:
        with pytest.raises(Broken) as caught:
            await call(client, "GET", "https://provider.example.com/", headers={})
    assert caught.value.again
    assert caught.value.unspent


async def test_tls_is_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    """The certificate names the host alone; with the address as its name the call would fail."""
    server, trusting = certificate_for("provider.example.com", tmp_path)
    names = Names(["127.0.0.1"])
    async with (
        fake_unipile(tls=server) as fake,
        make_client("allow-private", resolve=names, tls=trusting) as client,
    ):
        url = f"https://provider.example.com:{fake.port}{PATH}"
        assert (await call(client, "GET", url, headers={})).status == 200
        with pytest.raises(Broken, match="certificate") as caught:
            await call(client, "GET", f"https://other.example.com:{fake.port}/", headers={})
        assert not caught.value.again
        assert caught.value.unspent


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, _ = certificate_for("provider.example.com", tmp_path)
    async with (
        fake_unipile(tls=server) as fake,
        make_client("allow-private", resolve=Names(["127.0.0.1"])) as client,
    ):
        with pytest.raises(Broken, match="certificate"):
            await call(client, "GET", f"https://provider.example.com:{fake.port}/", headers={})
        assert not fake.stats.calls
