"""Each path has one spelling: every other one is a 404, whatever it would lead to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.app import API
from houselist.console.assets import address
from houselist.openapi import routes as public
from houselist.web.paths import is_canonical
from support.asgi import key_header, speak
from support.http import serving
from support.service import error

if TYPE_CHECKING:
    import httpx

    from support.service import Api, Service

PATHS = sorted({operation.path for operation in API} | {path for _, path, _ in public.ROUTES})


def spellings(path: str) -> list[str]:
    """Other ways to write a path, most of which something on the way would take for the same."""
    head, _, last = path.rpartition("/")
    letter = f"%{ord(path[1]):02x}"
    return [
        f"/{path}",
        f"{path}/",
        f"{path}//",
        f"{head}//{last}",
        f"/{letter}{path[2:]}",
        f"/{letter.upper()}{path[2:]}",
        f"{head}/%{ord(last[0]):02X}{last[1:]}",
        f"{head}/./{last}",
        f"/.{path}",
        f"/x/..{path}",
        f"/x/%2e%2e{path}",
        f"/x/%2E.{path}",
        f"{path}/.",
        f"{path}/..",
        f"{path}%2f",
        f"{path}%2F",
        f"%2F{path[1:]}",
        f"{head}%2f{last}",
        f"{path}%",
        f"{path}%zz",
    ]


@pytest.mark.parametrize("path", PATHS)
async def test_no_endpoint_is_found_under_another_spelling(service: Service, path: str) -> None:
    plain = path.replace("{name}", "page.js").replace("{providerId}", "S1")
    for part in plain.split("/"):
        if part.startswith("{"):
            plain = plain.replace(part, "0" * 24)
    method = "GET" if path.startswith("/v1") is False else "POST"
    answer = await speak(service, method, plain)
    assert answer.status_code != 404, "the path itself is there"
    for raw in spellings(plain):
        answer = await speak(service, method, unquote(raw), raw=raw)
        assert error(answer, 404, "NOT_FOUND")["message"] == "There is nothing at this path.", raw


async def test_it_does_not_help_to_have_a_key(service: Service, api: Api) -> None:
    path = f"/v1/accounts/{api.tenant.account_group_id}/audiences"
    for raw in (f"{path}/", f"/{path}", path.replace("audiences", "%61udiences")):
        answer = await speak(service, "GET", unquote(raw), raw=raw, headers=[key_header(api)])
        error(answer, 404, "NOT_FOUND")


async def test_a_server_hands_on_what_was_sent(dsn: str) -> None:
    async with serving(dsn) as server:

        async def ask(target: str) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"GET {target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            return answer

        for target in ("/healthz", "/healthz?a=//", "http://h/healthz"):
            assert b" 200 " in await ask(target), target
        for target in (*spellings("/healthz"), "http://h//healthz", "/healthz/?x=1", "*"):
            answer = await ask(target)
            if target.startswith("%"):  # which is no request at all
                assert b" 400 " in answer, target
            else:
                assert b" 404 " in answer, target
                assert b'"code":"NOT_FOUND"' in answer


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..") and "/" not in text))
def test_what_is_escaped_as_usual_is_canonical(text: str) -> None:
    assert is_canonical(b"/v1/" + quote(text, safe="", errors="replace").encode())


async def test_no_answer_is_taken_for_another_type(api: Api, anybody: httpx.AsyncClient) -> None:
    answers = [
        await api.get("audiences"),
        await api.get("audiences/x"),
        await anybody.get("/nope"),
        await anybody.get("/healthz/"),
        await anybody.post("/healthz"),
        await anybody.get("/docs"),
        await anybody.get("/openapi.json"),
        await anybody.get(address("console.js")),
        await anybody.options("/healthz"),
        await anybody.get("/v1/accounts"),
        await api.post("audiences", content=b"{"),
    ]
    for answer in answers:
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"], answer.request.url
