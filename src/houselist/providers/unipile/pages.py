"""One page of a walk, requested: what refuses it may be the end, or ask for a smaller page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.unipile.failures import LimitTooHigh, NothingLeft
from houselist.providers.unipile.walking import Listed, behind_the_last, by_less

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.providers.unipile.cursors import Position
    from houselist.providers.unipile.walking import Onward

_NOBODY: Final = Listed(items=[], length=0, cursor=None, total=None, closed=False)


def may_be_behind(position: Position) -> bool:
    """Whether rows came before, by offset: a 400 then means that nothing is left."""
    return position.cursor is None and position.offset > 0


async def turned(
    request: Awaitable[Listed],
    position: Position,
    limit: int,
    onward: Callable[[Position, Listed, int], Onward],
) -> tuple[Listed, Onward]:
    """A page of `limit`, and where the walk goes on. Raises the port's errors.

    An empty one with a smaller limit in its position, where Unipile finds the page too large: one
    call of the port is one request.
    """
    try:
        page = await request
    except NothingLeft:
        return _NOBODY._replace(total=position.total), behind_the_last(position)
    except LimitTooHigh:
        less = by_less(position, limit)
        if less is None:
            raise
        return _NOBODY._replace(total=position.total), less
    return page, onward(position, page, limit)
