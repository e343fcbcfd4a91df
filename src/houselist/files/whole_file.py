"""Writing a file that appears once it is complete."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


class UnwritableFile(Exception):
    """The file can't be written. `cause`: the operating system's error; `opened`: it came later.

    It is no OSError itself: around a block with a database that would be taken for the database's.
    """

    def __init__(self, path: Path, cause: OSError, *, opened: bool = True) -> None:
        super().__init__(f"{path} can't be written: {cause.strerror}.")
        self.cause, self.opened = cause, opened


@contextmanager
def whole_file(path: Path) -> Generator[Callable[[bytes], object]]:
    """Gives what writes bytes to `path`, which only its owner can read.

    The file has another name until the block ends without an error, and then takes the place of one
    that is there. Pipes and devices can't be replaced, only written to. Raises UnwritableFile.
    """
    plain = path.is_file() or not path.exists()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}") if plain else path
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        file = os.fdopen(descriptor, "wb")
    except OSError as error:
        raise UnwritableFile(path, error, opened=False) from error

    def write(data: bytes) -> None:
        try:
            file.write(data)
        except OSError as error:
            raise UnwritableFile(path, error) from error

    try:
        with file:
            yield write
        if plain:
            unfinished.replace(path)
    except OSError as error:
        raise UnwritableFile(path, error) from error
    finally:
        if plain:
            unfinished.unlink(missing_ok=True)
