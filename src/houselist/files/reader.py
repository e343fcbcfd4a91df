"""Starts processes that read files, and talks to them. Such a process can be killed without harm.

reader_process.py is what they run. Nothing of a file is parsed on this side.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import aclosing, asynccontextmanager, suppress
from contextvars import Context
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.errors import Upstream
from houselist.files import apart, messages
from houselist.files.messages import Failed, NoSpace, Order, Refused
from houselist.files.spreadsheets.spooling import NoCopy
from houselist.people.rows import TOO_MUCH_MEMORY, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from typing import BinaryIO

    from houselist.files.apart import Process
    from houselist.files.messages import Format, Message
    from houselist.people.rows import Options

_log = logging.getLogger(__name__)
_CRASHED = (
    "The file can't be read: it made the reader crash, as happens with a damaged file, or one that"
    " takes more memory than a file may have. Save it again, split it, or send it as CSV."
)
_INTERRUPTED = "Reading the file was interrupted from outside. Send it again."
_ENDED = (
    "The file can't be read: the process that reads it ended early. Send the file again; if that"
    " does not help, split it or send it as CSV."
)
_NO_SPACE = (
    "The disk of the folder for temporary files (TMPDIR) is full, or the folder can't be written."
    " Free some space there, then send the file again."
)
_RETRY_SECONDS = 60


class ReaderLimits(NamedTuple):
    """What reading one file may take: seconds of processor time, and bytes of memory.

    `stored_bytes` is as in Order.
    """

    cpu_seconds: int = 600
    min_memory: int = 256 << 20
    max_memory: int = 1536 << 20
    stored_bytes: int = 64 << 20

    def order(self, format_: Format, options: Options) -> Order:
        return Order(format_, *options, *self)


async def _start(*arguments: str, file: BinaryIO | None = None) -> Process:
    return await apart.start("houselist.files.reader_process", *arguments, file=file)


class Readers:
    """Starts reader processes, and keeps a spare one: a small file should not wait for a start."""

    def __init__(self, limits: ReaderLimits = ReaderLimits()) -> None:
        self.limits = limits
        self._spare: asyncio.Task[Process] | None = None
        self._closed = False

    async def _take(self) -> Process:
        spare, self._spare = self._spare, None
        if spare is not None:
            with suppress(OSError):  # the spare failed to start; another may succeed
                process = await spare
                if process.running.poll() is None:
                    return process
                await process.end()
        return await _start()

    def keep_spare(self) -> None:
        """Starts a spare process for the next file."""
        if self._spare is None and not self._closed:
            # A fresh context, because the process does not belong to the current request.
            self._spare = asyncio.create_task(_start(), context=Context())

    async def close(self) -> None:
        """Ends the spare process."""
        self._closed = True
        if self._spare is not None:
            with suppress(OSError):
                await (await self._spare).end()

    @asynccontextmanager
    async def reading(
        self, format_: Format, options: Options, pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[AsyncIterator[Message]]:
        """The reader's messages about a file whose bytes come in `pieces`.

        Iterating raises UnreadableFile, Upstream when the disk is full, or what `pieces` raises.
        The process ends with the block.
        """
        process = await self._take()
        self.keep_spare()
        order = self.limits.order(format_, options)
        feeding = asyncio.create_task(_feed(process, order, pieces))
        try:
            async with aclosing(_messages(process, feeding)) as received:
                yield received
        finally:
            feeding.cancel()
            await asyncio.wait({feeding})
            await process.end()


@asynccontextmanager
async def reading_file(
    format_: Format, options: Options, file: BinaryIO
) -> AsyncGenerator[AsyncIterator[Message]]:
    """The same for an open file, which the process reads itself."""
    order = msgspec.msgpack.encode(ReaderLimits().order(format_, options)).hex()
    process = await _start(order, file=file)
    try:
        async with aclosing(_messages(process, None)) as received:
            yield received
    finally:
        await process.end()


async def _feed(process: Process, order: Order, pieces: AsyncIterator[bytes]) -> None:
    """Sends the process its order and the file. If the file breaks off, kills the process."""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(process.channel, messages.frame(order))
        async for piece in pieces:
            await loop.sock_sendall(process.channel, piece)
        process.channel.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError):
        return  # the reader refused the file or died; its messages will tell
    except BaseException:
        process.kill()
        raise


async def _messages(
    process: Process, feeding: asyncio.Task[None] | None
) -> AsyncGenerator[Message]:
    while True:
        head = await _receive(process.channel, messages.LENGTH.size)
        length: int = messages.LENGTH.unpack(head)[0] if head else 0
        if length > messages.MAX_LENGTH:
            raise UnreadableFile(TOO_MUCH_MEMORY)
        data = await _receive(process.channel, length) if head else None
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
        if isinstance(message, NoSpace):
            raise _no_space() from NoCopy(message.reason)
        if isinstance(message, Failed):
            raise RuntimeError(f"the reader process failed:\n{message.traceback}")  # noqa: TRY004 - not a type error
        yield message


async def _receive(channel: socket.socket, size: int) -> bytearray | None:
    """Exactly `size` bytes, or None if the other side closes before."""
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        try:
            got = await asyncio.get_running_loop().sock_recv_into(channel, rest)
        except ConnectionResetError:
            got = 0
        if not got:
            return None
        rest = rest[got:]
    return data


def _no_space() -> Upstream:
    return Upstream(
        _NO_SPACE, _RETRY_SECONDS, message="The workbook can't be copied to disk, where it is read."
    )


def _why_ended(code: int) -> Exception:
    """The error for a process that ended too early. `code` is as in Popen.returncode."""
    if code == -signal.SIGXCPU:
        return UnreadableFile("The file takes too long to read. Split it, or send it as CSV.")
    if code in (messages.OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGABRT):
        # Out of memory, native code aborts, or the kernel kills the process.
        return UnreadableFile(TOO_MUCH_MEMORY)
    if code in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE):
        return UnreadableFile(_CRASHED)
    if code in (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP):
        return UnreadableFile(_INTERRUPTED)
    if code < 0:
        _log.error("a reader process was ended by signal %d", -code)
        return UnreadableFile(_ENDED)
    # Python ends so at an error that nothing caught: a defect of ours.
    return RuntimeError(f"the reader process ended with code {code} in the middle of a file")
