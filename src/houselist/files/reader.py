"""Reading a file in a process of its own, which can be ended without harm: the side that asks.

What the process does is in reader_process.py. Nothing of a file is parsed on this side.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.files import messages
from houselist.files.messages import Failed, Order, Refused
from houselist.files.tables import TOO_MUCH_MEMORY, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from typing import BinaryIO

    from houselist.files.messages import Format, Message
    from houselist.files.tables import Options

# Of the environment a reader gets what Python needs to run, and no setting or secret of ours.
_PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "PYTHONHOME",
    "LD_LIBRARY_PATH", "VIRTUAL_ENV",
)  # fmt: skip
_BUFFER = 1 << 20
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


async def _start(*arguments: str, stdin: int | BinaryIO) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "houselist.files.reader_process", *arguments,
        stdin=stdin, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=_BUFFER, env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    )  # fmt: skip


class Readers:
    """Starts reader processes, and keeps one at hand: a small file should not wait for a start."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 - a constant
        self.limits = limits
        self._spare: asyncio.Task[asyncio.subprocess.Process] | None = None
        self._closed = False

    async def _take(self) -> asyncio.subprocess.Process:
        spare, self._spare = self._spare, None
        if spare is not None:
            try:
                process = await spare
            except OSError:
                pass  # this one may be luckier
            else:
                if process.returncode is None:
                    return process
        return await _start(stdin=asyncio.subprocess.PIPE)

    def keep_spare(self) -> None:
        """Has a process at hand for the next file."""
        if self._spare is None and not self._closed:
            self._spare = asyncio.create_task(_start(stdin=asyncio.subprocess.PIPE))

    async def close(self) -> None:
        """Ends the process at hand."""
        self._closed = True
        if self._spare is not None:
            with suppress(OSError):
                await _end(await self._spare)

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
            await _end(process)
            await asyncio.gather(feeding, return_exceptions=True)


@asynccontextmanager
async def reading_file(
    format_: Format, options: Options, file: BinaryIO
) -> AsyncGenerator[AsyncIterator[Message]]:
    """The same for an open file, which the process reads by itself."""
    order = msgspec.msgpack.encode(Limits().order(format_, options)).hex()
    process = await _start(order, stdin=file)
    try:
        async with aclosing(_messages(process, None)) as told:
            yield told
    finally:
        await _end(process)


async def _feed(
    process: asyncio.subprocess.Process, order: Order, pieces: AsyncIterator[bytes]
) -> None:
    """Gives the process its order and the file. A file that breaks off ends the process."""
    if process.stdin is None:
        raise RuntimeError("a reader was started without a pipe to it")
    try:
        process.stdin.write(messages.frame(order))
        async for piece in pieces:
            process.stdin.write(piece)
            await process.stdin.drain()
        process.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        return  # the reader has refused the file, or has died: its messages tell
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        raise


async def _messages(
    process: asyncio.subprocess.Process, feeding: asyncio.Task[None] | None
) -> AsyncGenerator[Message]:
    if process.stdout is None:
        raise RuntimeError("a reader was started without a pipe from it")
    while True:
        try:
            head = await process.stdout.readexactly(messages.LENGTH.size)
            data = await process.stdout.readexactly(*messages.LENGTH.unpack(head))
        except asyncio.IncompleteReadError as error:
            code = await process.wait()
            if feeding is not None and feeding.done() and not feeding.cancelled():
                feeding.result()
            if code or error.partial:
                raise _why_ended(code) from None
            return
        message = messages.decode_message(data)
        if isinstance(message, Refused):
            raise UnreadableFile(message.reason)
        if isinstance(message, Failed):
            raise RuntimeError(f"the reader process failed:\n{message.traceback}")  # noqa: TRY004 - not a wrong type of ours
        yield message


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


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
