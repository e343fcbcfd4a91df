"""What an HTTP server loads to be asked, at /garbage, what only Python's collector could free."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from contextlib import suppress
from types import FrameType, FunctionType
from typing import TYPE_CHECKING, Any

import msgspec

from houselist.app import from_environment
from houselist.prospects import store

if TYPE_CHECKING:
    from collections.abc import Callable

# Asked for this prospect, the service meets a defect of its own.
CRASHING = "f" * 24


class Watching:
    """The service, and what is asked of it beside its requests."""

    def __init__(self) -> None:
        self.running = 0
        self.stops: list[Callable[[], None]] = []
        self.app = from_environment(self.stops.append)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == "/garbage":
            await _tell(send, await self.garbage())
        elif scope["path"] == "/running":
            await _tell(send, {"running": self.running})
        elif scope["path"] == "/stop":
            for stop in self.stops:
                stop()
            await _tell(send, {})
        else:
            self.running += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self.running -= 1

    async def garbage(self) -> dict[str, int]:
        """What the collector finds once every request has ended, whether or not its client waited."""
        while self.running:
            await asyncio.sleep(0.01)
        return found()


def application() -> Watching:
    """The collector runs only when it is asked to."""
    gc.disable()
    _make_crashing()
    watching = Watching()
    _know_shapes()
    return watching


def _know_shapes() -> None:
    """Has msgspec look at every shape: the first time it leaves circles, at whatever request it is."""
    shapes = [msgspec.Struct]
    for each in shapes:  # which grows
        shapes += each.__subclasses__()
    for each in shapes[1:]:
        with suppress(TypeError):  # one that only goes out may have fields that can't come in
            msgspec.json.Decoder(each)


async def _tell(send: Any, told: dict[str, int]) -> None:
    body = json.dumps(told).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def found() -> dict[str, int]:
    """What the collector finds now: how many, by what they are. It is gone afterwards."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    kinds = Counter(map(_kind, gc.garbage))
    gc.set_debug(0)
    gc.garbage.clear()
    gc.collect()
    return dict(kinds.most_common())


def _kind(thing: object) -> str:
    """Its type, and what of the code it belongs to."""
    kind = f"{type(thing).__module__}.{type(thing).__qualname__}"
    if isinstance(thing, FrameType):
        return f"{kind} of {thing.f_code.co_qualname}"
    return f"{kind} {thing.__qualname__}" if isinstance(thing, FunctionType) else kind


def _make_crashing() -> None:
    get = store.get

    async def crash(connection: Any, account_group_id: bytes, prospect_id: bytes) -> Any:
        if prospect_id.hex() == CRASHING:
            raise RuntimeError("a defect")
        return await get(connection, account_group_id, prospect_id)

    store.get = crash
