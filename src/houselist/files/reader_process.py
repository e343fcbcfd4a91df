"""The process that reads one file: bytes on its standard input, messages on its standard output.

It has limits of its own and nothing worth having: no settings, no database, no key. Whatever a
hostile file does to it, the process that asked goes on. reader.py is the other side.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from typing import TYPE_CHECKING

from houselist.files import messages
from houselist.files.chunks import pack
from houselist.files.messages import Failed, Head, Refused, Rows, Summary, frame
from houselist.files.reading import read_table
from houselist.files.sampling import Sampler
from houselist.people.rows import TOO_MUCH_MEMORY, Options, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from houselist.files.messages import Message, Order

_MAX_GROWTH = 20
_TOO_MUCH_STORED = (
    f"Once they are read, the file's rows take more than {_MAX_GROWTH} times the size of the file."
    " Remove the columns that are mostly empty, or split the file."
)
_NICE = 5
# A small file must not take much memory; an honest large workbook takes about this many times its
# size, and nothing of it is parsed before its end.
_MEMORY_PER_BYTE = 16
# Programs and libraries are mapped as well, which says nothing about a file.
_MAPPED = 2 << 30


class _Counted:
    """Standard input, counting what was read of it. At its end the file may take its memory."""

    def __init__(self, stream: BinaryIO, order: Order) -> None:
        self._stream = stream
        self._order = order
        self.size = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        if not data:
            wanted = self._order.least_memory + _MEMORY_PER_BYTE * self.size
            _limit_to(resource.RLIMIT_DATA, min(wanted, self._order.most_memory))
        return data


def read(order: Order, stream: BinaryIO) -> Iterator[Message]:
    """What is to be told of one file. Raises UnreadableFile."""
    counted = _Counted(stream, order)
    table = read_table(counted, order.format, Options(order.encoding, order.sheet))
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
        facts.notes,
        sampler.first(table.columns),
    )


def _limit(order: Order) -> None:
    # At the second limit the kernel kills; the first one can be told from that.
    _limit_to(resource.RLIMIT_CPU, order.cpu_seconds, order.cpu_seconds + 5)
    _limit_to(resource.RLIMIT_DATA, order.least_memory, order.most_memory)
    _limit_to(resource.RLIMIT_AS, order.most_memory + _MAPPED)
    _limit_to(resource.RLIMIT_CORE, 0, 0)
    # Requests and jobs come first: they are short, or others wait for them.
    os.nice(_NICE)


def _limit_to(kind: int, soft: int, hard: int | None = None) -> None:
    """Sets a limit, never above what the process was started with. `hard` None leaves that."""
    most = resource.getrlimit(kind)[1]
    unlimited = most == resource.RLIM_INFINITY
    hard = most if hard is None else hard if unlimited else min(hard, most)
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _answer(order: Order, stream: BinaryIO) -> Iterator[Message]:
    try:
        yield from read(order, stream)
    except UnreadableFile as error:
        yield Refused(str(error))
    except MemoryError:
        yield Refused(TOO_MUCH_MEMORY)
    except Exception:  # noqa: BLE001 - the asking process puts it into its log
        yield Failed(traceback.format_exc())


def main() -> None:
    """Reads one file. The order is the argument, in hex, or else the first message on the input."""
    stream, out = sys.stdin.buffer, sys.stdout.buffer
    if len(sys.argv) > 1:
        order = messages.decode_order(bytes.fromhex(sys.argv[1]))
    else:
        head = stream.read(messages.LENGTH.size)
        if not head:
            return  # who kept this process at hand has no file for it
        order = messages.decode_order(stream.read(*messages.LENGTH.unpack(head)))
    _limit(order)
    for message in _answer(order, stream):
        out.write(frame(message))
        out.flush()


if __name__ == "__main__":
    main()
