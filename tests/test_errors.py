"""Errors let go of the frames they came through, so that what the frames hold is free at once."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from houselist.errors import Invalid, Problem, Upstream, forget_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Held:
    """What a frame holds."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def in_a_circle(held: Held) -> None:
    error = Upstream(str(held))
    raise error  # which its own frame holds


def caused(held: Held) -> None:
    try:
        in_a_circle(held)
    except Upstream as error:
        raise Invalid(Problem("body", "odd")) from error


def while_handled(held: Held) -> None:
    try:
        in_a_circle(held)
    finally:
        in_a_circle(held)


def in_a_group(held: Held) -> None:
    try:
        in_a_circle(held)
    except Upstream as error:
        raise ExceptionGroup("several", [error, ExceptionGroup("more", [ValueError()])]) from None


@pytest.mark.parametrize("fails", [in_a_circle, caused, while_handled, in_a_group])
def test_what_the_frames_held_is_free(fails: Callable[[Held], None]) -> None:
    held = Held()
    there = weakref.ref(held)
    try:
        fails(held)
    except Exception as error:
        forget_frames(error)
    del held
    assert there() is None


def test_an_error_that_led_to_itself_is_no_trouble() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    forget_frames(one)
