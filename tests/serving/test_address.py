"""The address that `serve` listens at is kept for it alone."""

from __future__ import annotations

import socket

import pytest

from houselist.serving import address
from houselist.serving.address import AddressError, reserve


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "PORT_WAIT_SECONDS", 0.2)


def listen(port: int, *, shared: bool) -> socket.socket:
    """What the HTTP server (shared) or another program does."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


@pytest.mark.skipif("sys.platform != 'linux'", reason="only there is it held on to")
def test_it_lets_our_servers_in_and_keeps_others_out() -> None:
    with reserve("127.0.0.1", 0) as ours:
        for _ in range(2):
            with listen(ours.port, shared=True) as server:
                with (
                    pytest.raises(AddressError, match=str(ours.port)),
                    reserve("127.0.0.1", ours.port),
                ):
                    pass
                with pytest.raises(OSError, match="in use"):
                    listen(ours.port, shared=False)
                with socket.create_connection(("127.0.0.1", ours.port), timeout=2):
                    server.accept()[0].close()
    with reserve("127.0.0.1", ours.port):
        pass


def test_a_server_of_the_same_kind_is_refused_as_well() -> None:
    with listen(0, shared=True) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressError, match=f"Port {port}"), reserve("127.0.0.1", port):
            pass


def test_names_become_addresses_and_urls_keep_names() -> None:
    with reserve("localhost", 0) as found:
        assert found.ip == "127.0.0.1"
        assert found.url == f"http://localhost:{found.port}"
    with reserve("0.0.0.0", 0) as found:
        assert found.reachable == "127.0.0.1"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "x" * 300, ""])
def test_what_is_no_address_of_this_host_is_refused(host: str) -> None:
    with pytest.raises(AddressError, match="host"), reserve(host, 0):
        pass
