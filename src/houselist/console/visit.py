"""One request of a signed-in browser: its key, what it asks, and the ways to answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from houselist.console import frame, rendering
from houselist.console.calls import Api, sent_once
from houselist.errors import NotFound
from houselist.texts import NAME_LENGTH
from houselist.web.session import cookies

if TYPE_CHECKING:
    from houselist.keys.shapes import Key
    from houselist.permissions import Permission
    from houselist.web.request import Request
    from houselist.web.response import Response

GROUP, THEME, SAID = "houselist_group", "houselist_theme", "houselist_said"
UNDO = "houselist_undo"  # what takes back that of which SAID tells
KEYS = "houselist_keys"  # "off": single letters are no shortcuts
OPEN = "houselist_open"
# A script that changes a part of the page asks with this header, and gets the part alone.
PART = b"houselist-part"
THEMES = ("light", "dark")
_MAX_SAID = 300
YEAR = 31_536_000
# What an undo may ask for: a cookie is not taken at its word.
_UNDOES = re.compile(r"/audiences/(?:move-back|[0-9a-f]{24}/put-back)\?[\w=.&-]+", re.ASCII)
_AUDIENCE = re.compile(r"/audiences/([0-9a-f]{24})(?:/.*)?")


class Fields:
    """Names with values, of a query or a form, in their order."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._first = dict(reversed(pairs))

    def get(self, name: str, default: str = "") -> str:
        """The first value of this name."""
        return self._first.get(name, default)

    def all(self, name: str) -> list[str]:
        """Every value of this name."""
        return [value for each, value in self.pairs if each == name]

    def given(self, *names: str) -> dict[str, str]:
        """Those of `names` that are there and not empty; without names, all that are."""
        wanted = names or self._first
        return {name: self.get(name) for name in wanted if self.get(name)}


@dataclass(slots=True)
class Visit:
    """`group`: the account group that is looked at. `form`: empty for what only reads."""

    request: Request
    key: Key
    group: str
    query: Fields
    form: Fields = field(default_factory=lambda: Fields([]))

    def may(self, *permissions: Permission) -> bool:
        """Whether the key has all of them."""
        return self.key.permissions.issuperset(permissions)

    def part(self, name: str) -> str:
        """A parameter of the page's path."""
        return self.request.scope["path_params"][name]

    @property
    def wants_part(self) -> bool:
        """Whether a script asks, for a part of the page that it will put in place."""
        return self.request.header(PART) is not None

    async def get(self, *path: str, **query: str) -> Any:
        """What the API answers to GET of the group's `path`."""
        return await self._call("GET", path, query, {})

    async def open_file(self, *path: str, **query: str) -> Response:
        """The same as it is: a file, which is sent when the page's function has returned it."""
        api, address = self.request.services.get(Api), self._address(path)
        return await api.open(self.request, address, query)

    async def post(self, *path: str, **body: object) -> Any:
        """What the API answers to POST, likewise."""
        return await self._call("POST", path, {}, body)

    async def post_once(self, form_id: str, *path: str, **body: object) -> Any:
        """The same, once for each form and what it says, however often it is sent.

        `form_id`: what the page wrote into the form. Raises Invalid where it is none.
        """
        request = sent_once(self.request, form_id, body)
        address = "/".join(("/v1/accounts", self.group, *path))
        return await self.request.services.get(Api).call(request, "POST", address, body=body)

    async def patch(self, *path: str, **body: object) -> Any:
        return await self._call("PATCH", path, {}, body)

    async def put(self, *path: str, **body: object) -> Any:
        return await self._call("PUT", path, {}, body)

    async def delete(self, *path: str) -> Any:
        return await self._call("DELETE", path, {}, {})

    async def _call(
        self, method: str, path: tuple[str, ...], query: dict[str, str], body: dict[str, object]
    ) -> Any:
        api, address = self.request.services.get(Api), self._address(path)
        return await api.call(self.request, method, address, query=query, body=body)

    def _address(self, path: tuple[str, ...]) -> str:
        # What a form names must not lead to another operation.
        if any("/" in each for each in path):
            raise NotFound
        return "/".join(("/v1/accounts", self.group, *path))

    async def read_frame(self) -> frame.Frame:
        """What stands around the page."""
        kept = cookies(self.request).get(OPEN)
        here = _AUDIENCE.fullmatch(self.request.scope["path"])
        looking = frame.Looking(None if kept is None else kept.split("."), here and here[1])
        pool, group = self.request.services.pool, bytes.fromhex(self.group)
        return await frame.read(pool, self.key, group, looking)

    async def show(
        self,
        template: str,
        *,
        status: int = 200,
        frame_read: frame.Frame | None = None,
        photos: bool = False,
        **values: Any,
    ) -> Response:
        """The page of `template` within the frame. `photos`: people's may be fetched for it.

        `frame_read`: what stands around it, where that was read already.
        """
        around = frame_read or await self.read_frame()
        # A script that was led here goes on to the page itself, which is to say it.
        kept = "" if self.wants_part else cookies(self.request).get(SAID, "")
        said = unquote(kept)[:_MAX_SAID]
        undo = _undo(unquote(cookies(self.request).get(UNDO, ""))) if said else None
        text = self._html(template, {**values, "frame": around, "said": said, "undo": undo})
        headers = [cookie(name, "", age=0) for name in (SAID, UNDO)] if said else []
        policy = rendering.POLICY_WITH_PHOTOS if photos else rendering.POLICY
        return rendering.respond(self.request, text, status=status, headers=headers, policy=policy)

    def show_part(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """What `template` makes, alone."""
        return rendering.respond(self.request, self._html(template, values), status=status)

    def _html(self, template: str, values: dict[str, Any]) -> str:
        return rendering.html(template, values | self._own())

    def _own(self) -> dict[str, Any]:
        request = self.request
        return {"visit": self, "theme": theme(request), "trace_id": request.trace_id}

    async def show_dialog(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A form as a page of its own; alone for a script, which shows it above the page."""
        if self.wants_part:
            return self.show_part(template, status=status, **values)
        return await self.show(template, status=status, **values)

    def go(self, address: str, said: str = "", undo: str = "") -> Response:
        """To another page, which says `said` in a toast; `undo`: what takes that back.

        A script that says so is told where to: a redirect it would follow, and read a page for
        nothing.
        """
        if self.request.header(PART) == b"go":
            headers = [(b"houselist-go", quote(address, safe="/?&=%").encode())]
            headers += [(b"houselist-said", quote(said).encode())] if said else []
            headers += [(b"houselist-undo", undo.encode())] if undo else []
            return rendering.respond(self.request, "", headers=headers)
        told = [self.say(said)] if said else []
        told += [cookie(UNDO, undo, age=60)] if undo else []
        return rendering.redirect(address, told)

    def say(self, said: str) -> tuple[bytes, bytes]:
        """The header that has the next page say something in a toast."""
        return cookie(SAID, said, age=60)

    @property
    def photos(self) -> bool:
        """Whether people's photos may be fetched for a page, from wherever they are."""
        return self.request.services.settings.console_photos

    @property
    def letters_on(self) -> bool:
        """Whether single letters are shortcuts in this browser."""
        return cookies(self.request).get(KEYS) != "off"

    @property
    def address(self) -> str:
        """Path and query of the page, as links and sign-in lead back to it."""
        return address_of(self.request)


def _undo(address: str) -> tuple[str, list[tuple[str, str]]] | None:
    """The action and the fields of a form that takes something back."""
    if not _UNDOES.fullmatch(address):
        return None
    action, _, given = address.partition("?")
    return action, parse_qsl(given)


def address_of(request: Request) -> str:
    """Path and query of a request."""
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")


def own_address(address: str, otherwise: str = "/") -> str:
    """The address if it is one of ours to go back to: nobody is sent elsewhere by a form."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\", "/sign-"))
    return address if is_ours and address.isascii() and address.isprintable() else otherwise


def part_of_name(text: str) -> str:
    """A part of names, as somebody typed it; no longer than a name."""
    return text.strip()[:NAME_LENGTH]


def theme(request: Request) -> str:
    """`light` or `dark` where the person has chosen one, else empty: the system's."""
    chosen = cookies(request).get(THEME, "")
    return chosen if chosen in THEMES else ""


def cookie(
    name: str, value: str, *, age: int, secure: bool = False, hidden: bool = True
) -> tuple[bytes, bytes]:
    """A header that sets a cookie for `age` seconds. `hidden`: from scripts."""
    text = f"{name}={quote(value)}; Path=/; Max-Age={age}; SameSite=Strict"
    text += "; HttpOnly" if hidden else ""
    text += "; Secure" if secure else ""
    return b"set-cookie", text.encode()
