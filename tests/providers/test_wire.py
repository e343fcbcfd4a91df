"""One call over HTTP: how long it may take, where it may be sent on to, how much may come back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from fakes.unipile.server import fake_unipile
from houselist.providers.base import Broken
from houselist.providers.wire import Timeouts, call, make_client

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from houselist.providers.wire import Client

PATH = "/api/v1/accounts/acc_1"


async def broken(client: Client, fake: FakeUnipile, **within: float) -> Broken:
    with pytest.raises(Broken) as caught:
        await call(client, "GET", fake.url + PATH, headers={"x-api-key": "secret"}, **within)
    return caught.value


async def test_an_answer_comes_back_whole(client: Client, fake: FakeUnipile) -> None:
    answer = await call(client, "GET", fake.url + PATH, headers={"x-api-key": "secret"})
    assert answer.status == 200
    assert b'"Ada A"' in answer.body
    assert fake.stats.keys == {"secret"}


async def test_a_server_that_is_silent_is_given_up(hasty: Client, fake: FakeUnipile) -> None:
    fake.control.next("slow")
    error = await broken(hasty, fake)
    assert error.again
    assert not error.unspent, "it may have been counted there"
    assert error.undelivered


async def test_a_server_that_trickles_is_given_up_as_well(
    client: Client, fake: FakeUnipile
) -> None:
    fake.control.next("drip")
    error = await broken(client, fake, within=0.5)
    assert error.again
    assert (error.unspent, error.undelivered) == (False, True)


@pytest.mark.parametrize("fault", ["cut", "drop"])
async def test_a_cut_connection_may_have_been_counted(
    client: Client, fake: FakeUnipile, fault: str
) -> None:
    fake.control.next(fault)
    error = await broken(client, fake)
    assert error.again
    assert (error.unspent, error.undelivered) == (False, True)
    assert (await call(client, "GET", fake.url + PATH, headers={})).status == 200


async def test_where_nobody_listens_nothing_is_spent(client: Client) -> None:
    async with fake_unipile() as fake:
        pass
    error = await broken(client, fake)
    assert error.again
    assert (error.unspent, error.undelivered) == (True, False)


async def test_a_place_in_the_pool_is_not_waited_for_endlessly(fake: FakeUnipile) -> None:
    fake.control.slow = 0.4
    fake.control.next("slow", "slow")
    timeouts = Timeouts(pool=0.1, read=5)
    async with make_client("allow-private", timeouts=timeouts, max_connections=2) as client:
        calls = [call(client, "GET", fake.url + PATH, headers={}) for _ in range(3)]
        found = await asyncio.gather(*calls, return_exceptions=True)
    (error,) = [each for each in found if isinstance(each, Exception)]
    assert isinstance(error, Broken)
    assert error.again
    assert error.unspent


async def test_a_slash_that_is_added_is_followed_with_key_and_body(
    client: Client, fake: FakeUnipile
) -> None:
    fake.control.next("slash")
    answer = await call(client, "GET", fake.url + PATH, headers={"x-api-key": "secret"})
    assert answer.status == 200
    assert [each.path for each in fake.stats.requests] == [PATH, f"{PATH}/"]
    assert {each.headers["x-api-key"] for each in fake.stats.requests} == {"secret"}
    fake.control.next("slash")
    url = f"{fake.url}/api/v1/linkedin/search?account_id=acc_1&limit=5"
    body = b'{"url":"https://www.linkedin.com/search/results/people/?keywords=rows0-3"}'
    answer = await call(client, "POST", url, headers={"x-api-key": "secret"}, content=body)
    assert answer.status == 200
    assert fake.stats.requests[-1].method == "POST"
    assert fake.stats.requests[-1].body == body


async def test_the_key_is_sent_to_no_other_address(client: Client) -> None:
    async with fake_unipile() as fake, fake_unipile() as other:
        fake.control.elsewhere = other.url + PATH
        fake.control.next("elsewhere")
        with pytest.raises(Broken, match="correct the base URL") as caught:
            await call(client, "GET", fake.url + PATH, headers={"x-api-key": "secret"})
        assert not caught.value.again
        assert caught.value.unspent
        assert not other.stats.keys


async def test_a_circle_is_left_after_two_rounds(client: Client, fake: FakeUnipile) -> None:
    fake.control.next("circle")
    error = await broken(client, fake)
    assert not error.again
    assert error.unspent
    assert fake.stats.calls["account"] == 3


@pytest.mark.parametrize("fault", ["huge", "packed"])
async def test_an_answer_without_bounds_is_refused(
    client: Client, fake: FakeUnipile, fault: str
) -> None:
    fake.control.next(fault)
    error = await broken(client, fake)
    assert not error.again
    assert (error.unspent, error.undelivered) == (False, True)


async def test_proxies_of_the_environment_are_ignored(
    fake: FakeUnipile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with make_client("allow-private") as client:
        assert (await call(client, "GET", fake.url + PATH, headers={})).status == 200


async def test_cookies_of_one_account_are_not_sent_for_another(
    client: Client, fake: FakeUnipile
) -> None:
    for _ in range(3):
        await call(client, "GET", fake.url + PATH, headers={})
    assert not any("cookie" in each.headers for each in fake.stats.requests)


async def test_connections_are_kept_between_calls(client: Client, fake: FakeUnipile) -> None:
    for _ in range(20):
        await call(client, "GET", fake.url + PATH, headers={})
    assert fake.connections == 1


async def test_what_answers_is_no_http(client: Client) -> None:
    async def shout(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.7\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(Broken) as caught:
            await call(client, "GET", f"http://127.0.0.1:{port}/", headers={})
    assert caught.value.again


async def test_a_header_that_can_not_be_sent_is_not_repeated_in_words(
    client: Client, fake: FakeUnipile
) -> None:
    with pytest.raises(Broken) as caught:
        await call(client, "GET", fake.url + PATH, headers={"x-api-key": "secret\r\nx: y"})
    assert "secret" not in repr(caught.value)
    assert caught.value.unspent
