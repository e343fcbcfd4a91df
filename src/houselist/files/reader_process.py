"""The process that reads one file: bytes on standard input, messages on standard output.

It has limits of its own and nothing worth stealing: no settings, no database, no key. Whatever a
hostile file does to it, the process that started it goes on. reader.py is the other side.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from typing import TYPE_CHECKING

from houselist.files import messages
from houselist.files.chunks import pack
from houselist.files.messages import Failed, Head, NoSpace, Refused, Rows, Summary, frame
from houselist.files.reading import read_table
from houselist.files.sampling import Sampler
from houselist.files.spreadsheets.spooling import NoCopy
from houselist.people.rows import TOO_MUCH_MEMORY, Options, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from houselist.files.messages import Message, Order

_MAX_GROWTH = 20
_TOO_MUCH_STORED = (
    f"The file's rows would take more than {_MAX_GROWTH} times the size of the file to store."
    " Remove the columns that are mostly empty, or split the file."
)
_NICE = 5
# A small file must not take much memory. An honest large workbook takes about this many times its
# size, and none of it is parsed before its end.
_MEMORY_PER_BYTE = 16
# Room for mapped programs and libraries, which don't depend on the file.
_MAPPED = 2 << 30


class _Counted:
    """Standard input, with its bytes counted. At its end the memory limit rises with the size."""

    def __init__(self, stream: BinaryIO, order: Order) -> None:
        self._stream = stream
        self._order = order
        self.size = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        if not data:
            wanted = self._order.min_memory + _MEMORY_PER_BYTE * self.size
            _limit_to(resource.RLIMIT_DATA, min(wanted, self._order.max_memory))
        return data


def read(order: Order, stream: BinaryIO) -> Iterator[Message]:
    """The messages about one file. Raises NoCopy or UnreadableFile."""
    counted = _Counted(stream, order)
    table = read_table(counted, order.format, Options(order.encoding, order.sheet, order.delimiter))
    yield Head(table.columns)
    sampler = Sampler()
    rows = stored = 0
    for count, chunk in pack(sampler.watch(table.rows)):
        rows += count
        stored += len(chunk)
        if stored > max(order.stored_bytes, _MAX_GROWTH * counted.size):
            raise UnreadableFile(_TOO_MUCH_STORED)
        yield Rows(count, chunk)
    suggestion = sampler.suggest(table.columns)
    facts = table.facts
    yield Summary(
        rows,
        table.columns,
        suggestion.mapping,
        suggestion.reasons,
        facts.encoding,
        facts.delimiter,
        facts.sheet,
        [*facts.notes, *suggestion.doubts],
        sampler.first(table.columns),
    )


def _limit(order: Order) -> None:
    # The kernel kills at the second limit; the first one ends the process with SIGXCPU.
    _limit_to(resource.RLIMIT_CPU, order.cpu_seconds, order.cpu_seconds + 5)
    _limit_to(resource.RLIMIT_DATA, order.min_memory, order.max_memory)
    _limit_to(resource.RLIMIT_AS, order.max_memory + _MAPPED)
    _limit_to(resource.RLIMIT_CORE, 0, 0)
    # Requests and jobs take precedence: they are short, or others wait for them.
    os.nice(_NICE)


def _limit_to(kind: int, soft: int, hard: int | None = None) -> None:
    """Sets a limit, never above the one the process started with. `hard=None` keeps that one."""
    current = resource.getrlimit(kind)[1]
    unlimited = current == resource.RLIM_INFINITY
    hard = current if hard is None else hard if unlimited else min(hard, current)
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def respond(order: Order, stream: BinaryIO) -> Iterator[bytes]:
    """The framed messages. Framing copies a message, so it may take too much memory as well."""
    try:
        for message in read(order, stream):
            yield frame(message)
    except UnreadableFile as error:
        yield frame(Refused(str(error)))
    except MemoryError:
        yield frame(Refused(TOO_MUCH_MEMORY))
    except NoCopy as error:
        yield frame(NoSpace(str(error)))
    except Exception:  # noqa: BLE001 - the other process logs it
        yield frame(Failed(traceback.format_exc()))


def main() -> None:
    """Reads one file. The order is the argument, in hex, or the first message on standard input."""
    stream, out = sys.stdin.buffer, sys.stdout.buffer
    if len(sys.argv) > 1:
        order = messages.decode_order(bytes.fromhex(sys.argv[1]))
    else:
        head = stream.read(messages.LENGTH.size)
        if not head:
            return  # a spare process that was not needed
        order = messages.decode_order(stream.read(*messages.LENGTH.unpack(head)))
    _limit(order)
    try:
        for message in respond(order, stream):
            out.write(message)
            out.flush()
    except MemoryError:
        # Not even enough is left to say so.
        os._exit(messages.OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
