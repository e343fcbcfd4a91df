"""How a page runs: session, rate limit, form, permission, then its function; refusals as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote

from houselist.console import rendering
from houselist.console.visit import GROUP, PART, Fields, Visit, address_of, own_address, theme
from houselist.errors import Forbidden, Invalid, Problem, Refusal, Unauthorized
from houselist.web.authentication import Guard, check_permission
from houselist.web.bodies import read_body
from houselist.web.response import Response
from houselist.web.session import cookies, session_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.keys.shapes import Key
    from houselist.permissions import Permission
    from houselist.web.request import Request
    from houselist.web.routing import Handler

_FORM = b"application/x-www-form-urlencoded"
_MAX_FIELDS = 20_000
# Statuses of refusals that a page of the frame can tell; in others the frame may be what fails.
_TOLD_IN_FRAME = range(400, 500)


class Page(NamedTuple):
    """One row of the console's table. `permission` None: any key will do.

    `takes_files`: the function reads the body itself, piece by piece.
    `sends_file`: a file is the response, which may be refused until it begins.
    `signed_out`: what answers who has no session; None: the sign-in page.
    """

    method: str
    path: str
    permission: Permission | None
    function: Callable[[Visit], Awaitable[Response]]
    signed_out: Callable[[Request], Awaitable[Response]] | None = None
    takes_files: bool = False
    sends_file: bool = False


def handler(page: Page) -> Handler:
    """What handles a page's requests."""

    async def handle(request: Request) -> Response:
        try:
            key = await _admit(request, page)
        except Unauthorized:
            return await _signed_out(request, page)
        visit = Visit(request, key, _group(request, key), read_query(request))
        try:
            check_permission(key, page.permission)
            if not page.takes_files:
                visit.form = await read_form(request)
            response = await page.function(visit)
        except Refusal as refusal:
            if refusal.status not in _TOLD_IN_FRAME:
                raise
            return await _told(visit, refusal)
        return _File(visit, response) if page.sends_file else response

    return handle


class _File(Response):
    """A file; where it is refused before it begins, the page that says so."""

    __slots__ = ("_file", "_visit")

    def __init__(self, visit: Visit, file: Response) -> None:
        super().__init__(file.status, b"", [])
        self._file = file
        self._visit = visit

    async def send(self, request: Request) -> None:
        try:
            await self._file.send(request)
        except Refusal as refusal:
            if request.status or refusal.status not in _TOLD_IN_FRAME:
                raise
            told = await _told(self._visit, refusal)
            await told.send(request)


async def _admit(request: Request, page: Page) -> Key:
    """The key of the session. Raises what the API would."""
    # Who may look without one is not counted among those who guess.
    if page.signed_out is not None and session_token(request) is None:
        raise Unauthorized
    return await request.services.get(Guard).admit(request, None)


async def _told(visit: Visit, refusal: Refusal) -> Response:
    """A refusal in the frame; or as a notice alone, for a script that shows it where it asked."""
    values: dict[str, Any] = {"refusal": refusal, "problems": getattr(refusal, "problems", ())}
    values["back"] = own_address(visit.query.get("back"), "")
    if visit.wants_part:
        return visit.show_part("notice.html", status=refusal.status, **values)
    return await visit.show("refused.html", status=refusal.status, **values)


def error_page(request: Request, refusal: Refusal) -> Response | None:
    """A refusal as a page of its own, for a browser that asks for a page and not for the API.

    As a notice alone for a script, which shows it where it asked.
    """
    accepted = (request.header(b"accept") or b"")[:1_000]
    is_part = request.header(PART) is not None
    if request.scope["path"].startswith("/v1/") or not (is_part or b"text/html" in accepted):
        return None
    values = {"refusal": refusal, "problems": (), "trace_id": request.trace_id}
    name = "notice.html" if is_part else "error.html"
    text = rendering.html(name, {**values, "theme": theme(request)})
    extra = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    return rendering.respond(request, text, status=refusal.status, headers=extra)


async def _signed_out(request: Request, page: Page) -> Response:
    """To the sign-in page, and back from there. It holds what a form would have sent."""
    address = address_of(request)
    form = Fields([]) if page.takes_files else await read_form(request)
    if request.scope["method"] == "GET":
        if request.header(b"sec-fetch-site") in (b"cross-site", b"same-site"):
            # A link elsewhere led here, and such requests have no session: the same again from a
            # page of ours will.
            return rendering.respond(request, "", headers=[(b"refresh", b"0")])
        if page.signed_out is not None:
            return await page.signed_out(request)
        if request.header(PART) is None:
            return rendering.redirect(f"/sign-in?next={quote(address, safe='')}")
    values = {"next": address, "held": form.pairs, "refused": "", "theme": theme(request)}
    text = rendering.html("sign_in.html", values)
    return rendering.respond(request, text, status=Unauthorized.status)


def _group(request: Request, key: Key) -> str:
    """The account group that the browser looks at. Raises Forbidden where the key has none."""
    groups = sorted(each.hex() for each in key.account_group_ids)
    if not groups:
        raise Forbidden(details="The key opens no account group.")
    chosen = cookies(request).get(GROUP)
    return chosen if chosen in groups else groups[0]


async def read_form(request: Request) -> Fields:
    """What a form sent. Raises what tells that it is none, too large or too slow."""
    if request.scope["method"] != "POST":
        return Fields([])
    kind = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind != _FORM:
        raise Invalid(Problem("Content-Type", "must be that of a form"))
    return Fields(_pairs(await read_body(request, "A form")))


def read_query(request: Request) -> Fields:
    """What stands in the query. Raises Invalid with more than any page has."""
    return Fields(_pairs(request.scope["query_string"]))


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        found = parse_qsl(
            text.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:  # more fields than any form has
        raise Invalid(Problem("body", "has too many fields")) from error
    # PostgreSQL takes none, and nobody types one.
    bad = next((name for name, value in found if "\x00" in name + value), None)
    if bad is not None:
        raise Invalid(
            Problem(bad.replace("\x00", "") or "body", "must not contain a null character")
        )
    return found
