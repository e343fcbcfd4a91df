"""Reading a file in a process of its own, which can be ended without harm: the side that asks.

What the process does is in reader_process.py. Nothing of a file is parsed on this side.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager, suppress
from contextvars import Context
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.files import messages
from houselist.files.messages import Failed, Order, Refused
from houselist.people.rows import TOO_MUCH_MEMORY, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence
    from typing import BinaryIO

    from houselist.files.messages import Format, Message
    from houselist.people.rows import Options

# Of the environment a reader gets what Python needs to run, and no setting or secret of ours.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
)
_CRASHED = "The file made the program crash that reads it. Save it anew, or send it as CSV."


class Limits(NamedTuple):
    """What the reading of one file may take: seconds of processor time, bytes of memory.

    `stored_bytes` as in Order. Contract section 8.
    """

    cpu_seconds: int = 600
    least_memory: int = 256 << 20
    most_memory: int = 1536 << 20
    stored_bytes: int = 64 << 20

    def order(self, format_: Format, options: Options) -> Order:
        return Order(format_, *options, *self)


class _Process(NamedTuple):
    """A reader process, and our end of the line to it."""

    running: subprocess.Popen[bytes]
    line: socket.socket

    async def end(self) -> int:
        """Ends it, unless it has ended by itself; how that was, as in Popen.returncode."""
        with suppress(ProcessLookupError):
            self.running.kill()
        self.line.close()
        return await asyncio.to_thread(self.running.wait)


async def _start(*arguments: str, file: BinaryIO | None = None) -> _Process:
    # A plain socket, because asyncio's own streams to a process leave circles to the collector.
    ours, theirs = socket.socketpair()
    with theirs:
        ours.settimeout(0)
        try:
            return _Process(await asyncio.to_thread(_run, arguments, theirs, file), ours)
        except BaseException:
            ours.close()
            raise


def _run(
    arguments: Sequence[str], line: socket.socket, file: BinaryIO | None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "houselist.files.reader_process", *arguments],
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        stdin=line.fileno() if file is None else file,
        stdout=line.fileno(),
        stderr=subprocess.DEVNULL,
    )


class Readers:
    """Starts reader processes, and keeps one at hand: a small file should not wait for a start."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._spare: asyncio.Task[_Process] | None = None
        self._closed = False

    async def _take(self) -> _Process:
        spare, self._spare = self._spare, None
        if spare is not None:
            with suppress(OSError):  # another one may be luckier
                process = await spare
                if process.running.poll() is None:
                    return process
                await process.end()
        return await _start()

    def keep_spare(self) -> None:
        """Has a process at hand for the next file."""
        if self._spare is None and not self._closed:
            # The request that asked for it is nothing to it.
            self._spare = asyncio.create_task(_start(), context=Context())

    async def close(self) -> None:
        """Ends the process at hand."""
        self._closed = True
        if self._spare is not None:
            with suppress(OSError):
                await (await self._spare).end()

    @asynccontextmanager
    async def reading(
        self, format_: Format, options: Options, pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[AsyncIterator[Message]]:
        """What is to be told of a file whose bytes come in `pieces`.

        The messages raise UnreadableFile, or what `pieces` raises. With the block the process ends.
        """
        process = await self._take()
        self.keep_spare()
        order = self.limits.order(format_, options)
        feeding = asyncio.create_task(_feed(process, order, pieces))
        try:
            async with aclosing(_messages(process, feeding)) as told:
                yield told
        finally:
            feeding.cancel()
            await asyncio.wait({feeding})
            await process.end()


@asynccontextmanager
async def reading_file(
    format_: Format, options: Options, file: BinaryIO
) -> AsyncGenerator[AsyncIterator[Message]]:
    """The same for an open file, which the process reads by itself."""
    order = msgspec.msgpack.encode(Limits().order(format_, options)).hex()
    process = await _start(order, file=file)
    try:
        async with aclosing(_messages(process, None)) as told:
            yield told
    finally:
        await process.end()


async def _feed(process: _Process, order: Order, pieces: AsyncIterator[bytes]) -> None:
    """Gives the process its order and the file. A file that breaks off ends the process."""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(process.line, messages.frame(order))
        async for piece in pieces:
            await loop.sock_sendall(process.line, piece)
        process.line.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError):
        return  # the reader has refused the file, or has died: its messages tell
    except BaseException:
        with suppress(ProcessLookupError):
            process.running.kill()
        raise


async def _messages(
    process: _Process, feeding: asyncio.Task[None] | None
) -> AsyncGenerator[Message]:
    while True:
        head = await _receive(process.line, messages.LENGTH.size)
        data = await _receive(process.line, *messages.LENGTH.unpack(head)) if head else None
        if data is None:
            code = await asyncio.to_thread(process.running.wait)
            if feeding is not None and feeding.done() and not feeding.cancelled():
                feeding.result()
            if code or head:
                raise _why_ended(code)
            return
        message = messages.decode_message(data)
        if isinstance(message, Refused):
            raise UnreadableFile(message.reason)
        if isinstance(message, Failed):
            raise RuntimeError(f"the reader process failed:\n{message.traceback}")  # noqa: TRY004 - not a wrong type of ours
        yield message


async def _receive(line: socket.socket, size: int) -> bytearray | None:
    """So many bytes; None where the other side has ended before."""
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        try:
            got = await asyncio.get_running_loop().sock_recv_into(line, rest)
        except ConnectionResetError:
            got = 0
        if not got:
            return None
        rest = rest[got:]
    return data


def _why_ended(code: int) -> Exception:
    """What the end of a process that was not done means. `code` as in Process.returncode."""
    if code == -signal.SIGXCPU:
        return UnreadableFile(
            "The file takes more processor time to read than a file may have. Split it, or send it"
            " as CSV."
        )
    if code in (-signal.SIGKILL, -signal.SIGABRT):
        # Where the memory is gone, native code aborts, and the kernel kills.
        return UnreadableFile(TOO_MUCH_MEMORY)
    if code in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE):
        return UnreadableFile(_CRASHED)
    return RuntimeError(f"the reader process ended with code {code} in the middle of a file")
