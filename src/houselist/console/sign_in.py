"""Signing in with a key, or with a link that does so once, and signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from houselist.console import rendering
from houselist.console.handling import read_form, read_query
from houselist.console.visit import cookie, own_address, theme
from houselist.errors import Forbidden, Unauthorized
from houselist.keys import sessions_store as sessions
from houselist.keys import tokens
from houselist.postgres import db
from houselist.web.address_limit import AddressLimit
from houselist.web.authentication import KeyRing
from houselist.web.session import COOKIE, cookies, is_from_here, is_https

if TYPE_CHECKING:
    from houselist.keys.shapes import Key
    from houselist.web.address_limit import Networks
    from houselist.web.request import Request
    from houselist.web.response import Response

_LIFETIME = timedelta(days=30)
# Keys that don't open anything, of an address; how many are left is told when these are few.
_TRIES, _FEW = "10/minute", 3
_MAX_KEY = 200
# One message, whatever is wrong: who guesses learns nothing from it.
_REFUSED = "This key opens nothing here. It may be mistyped, revoked or expired."
_USED = "This link has been used, or has expired. Sign in with a key, or make a new link."


class SignIns(AddressLimit):
    """How many wrong keys an address may still try, in this process."""

    def __init__(self, trusted: Networks) -> None:
        super().__init__(_TRIES, trusted)


async def sign_in_page(request: Request) -> Response:
    """The form; or, with a link's token, straight to the page that was wanted."""
    query = read_query(request)
    link = query.get("link")
    if not link:
        return _page(request, query.get("next"), [])
    if len(link) > _MAX_KEY or not tokens.is_well_formed(link):
        return _page(request, "", [], refused=_USED, status=401)
    token = tokens.new_token(tokens.SESSION)
    async with db.transaction(request.services.pool, db.DATABASE_TIMEOUT) as connection:
        key_id = await sessions.take_link(connection, tokens.digest(link))
        if key_id is not None:
            await sessions.add(connection, key_id, tokens.digest(token), _LIFETIME, is_link=False)
    if key_id is None:
        return _page(request, "", [], refused=_USED, status=401)
    return rendering.redirect("/", [_session_cookie(request, token)])


async def sign_in(request: Request) -> Response:
    """A session for a key, and back to where the browser was, with the form that it held."""
    form = await read_form(request)
    _check_from_here(request)
    limit, back = request.services.get(SignIns), form.get("next")
    held = [
        (name.removeprefix("held."), value)
        for name, value in form.pairs
        if name.startswith("held.")
    ]
    if limit.left(request.scope) == 0:
        limit.count_refused(request.scope)
    try:
        key = await _find(request, form.get("key").strip())
    except Unauthorized:
        limit.count_refused(request.scope)
        left = limit.left(request.scope)
        words = _REFUSED
        if left is not None and left <= _FEW:
            words += f" {left} more {'try' if left == 1 else 'tries'} within a minute."
        return _page(request, back, held, refused=words, status=401)
    session = tokens.new_token(tokens.SESSION)
    async with db.transaction(request.services.pool, db.DATABASE_TIMEOUT) as connection:
        await sessions.add(connection, key.id, tokens.digest(session), _LIFETIME, is_link=False)
    cookie_ = _session_cookie(request, session)
    if not held:
        return rendering.redirect(own_address(back), [cookie_])
    values = {"action": own_address(back), "held": held, "theme": theme(request)}
    return rendering.respond(request, rendering.html("held.html", values), headers=[cookie_])


async def sign_out(request: Request) -> Response:
    """Ends the session here and in every process."""
    _check_from_here(request)
    if token := cookies(request).get(COOKIE):
        async with db.transaction(request.services.pool, db.DATABASE_TIMEOUT) as connection:
            await sessions.end(connection, tokens.digest(token))
    return rendering.redirect("/sign-in", [cookie(COOKIE, "", age=0)])


def _check_from_here(request: Request) -> None:
    """Raises Forbidden for a form of another site: it could sign a browser in or out."""
    if not is_from_here(request):
        raise Forbidden(details="The form was sent from another site.")


async def _find(request: Request, token: str) -> Key:
    """The key behind `token`. Raises Unauthorized; the token of a session opens nothing here."""
    if len(token) > _MAX_KEY or not token.startswith(tokens.PREFIX):
        raise Unauthorized
    return await request.services.get(KeyRing).find(token)


def _page(
    request: Request,
    back: str,
    held: list[tuple[str, str]],
    *,
    refused: str = "",
    status: int = 200,
) -> Response:
    values = {"next": back, "held": held, "refused": refused, "theme": theme(request)}
    return rendering.respond(request, rendering.html("sign_in.html", values), status=status)


def _session_cookie(request: Request, token: str) -> tuple[bytes, bytes]:
    age = int(_LIFETIME.total_seconds())
    return cookie(COOKIE, token, age=age, secure=is_https(request))
