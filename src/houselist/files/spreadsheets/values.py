"""Turns a cell's value into text: dates in ISO 8601, whole numbers without '.0', errors as None."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from houselist.people.rows import MAX_CELL

_EXACT = 10**15
_WHOLE = re.compile(r"-?[0-9]{1,40}")
_MAX_NUMBER = 64
_ERROR = re.compile(r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|[A-Z]{1,20}!|GETTING_DATA)")
_MAX_ERROR = 30
# How Excel writes characters that XML can't contain (ECMA-376 part 1, 22.4.2.4).
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAY_0 = dt.datetime(1899, 12, 30)
_DAY_0_OF_1904 = dt.datetime(1904, 1, 1)
# Excel takes 1900 for a leap year: its day 60 did not exist.
_FALSE_LEAP_DAY = 60
_END = 2_958_466  # the day after 9999-12-31
# Built-in date formats (ECMA-376 part 1, 18.8.30), including those of East Asia.
_DATES = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}
_ELAPSED = {46}
_MAX_FORMAT = 255
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED_PART = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


def format_kind(number: int, codes: dict[int, str]) -> str:
    """'date', 'elapsed' (hours may exceed 24), or '' for any other number format."""
    code = codes.get(number)
    if code is None:
        return "elapsed" if number in _ELAPSED else "date" if number in _DATES else ""
    if len(code) > _MAX_FORMAT:
        return ""
    plain = _LITERAL.sub("", code).partition(";")[0]
    if _ELAPSED_PART.search(plain):
        return "elapsed"
    plain = plain.replace("General", "")
    return "date" if re.search(r"[dmhysDMHYS]", plain) else ""


def plain_text(text: str, *, typed: bool = False) -> str | None:
    """The text trimmed and unescaped; None for blank text and error values.

    `typed`: it is known to be a text, so "#N/A" is what somebody wrote.
    """
    text = text.strip()
    if "_x" in text or "\r" in text or "\0" in text:
        text = _unescaped(text) if "_x" in text else text
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    if text[:1] == "#" and not typed and len(text) <= _MAX_ERROR and _ERROR.fullmatch(text):
        return None
    # One character more, so that the cell can still be reported as too long.
    return text[: MAX_CELL + 1] or None


def _unescaped(text: str) -> str:
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    # Two escapes may form one character above U+FFFF.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def number_text(text: str, kind: str = "", *, from_1904: bool = False) -> str | None:
    """The text of a number as written in the workbook, with a number format of that kind."""
    if not kind and _WHOLE.fullmatch(text):
        return text if text[0] not in "0-" else str(int(text))
    if len(text) > _MAX_NUMBER:
        return plain_text(text)
    return _moment_text(text, kind, from_1904=from_1904) if kind else _float_text(text)


def _float_text(text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return plain_text(text)
    return value_text(value)


@lru_cache(4096)
def _moment_text(text: str, kind: str, *, from_1904: bool) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return plain_text(text)
    moment = _moment(value, kind, from_1904=from_1904)
    return value_text(value if moment is None else moment)


def _moment(
    value: float, kind: str, *, from_1904: bool
) -> dt.datetime | dt.time | dt.timedelta | None:
    """The date or time that Excel would show, or None if it would not show one."""
    if not 0 <= value < _END:
        return None
    day, fraction = divmod(value, 1)
    rest = dt.timedelta(milliseconds=round(fraction * 86_400_000))
    if kind == "elapsed":
        return dt.timedelta(days=day) + rest
    if not day and not rest.days:
        return (_DAY_0 + rest).time()
    if not from_1904 and 0 < day < _FALSE_LEAP_DAY:
        day += 1
    try:
        return (_DAY_0_OF_1904 if from_1904 else _DAY_0) + dt.timedelta(days=day) + rest
    except OverflowError:
        return None


def iso_text(text: str) -> str | None:
    """The text of a date that is stored as text."""
    if len(text) > _MAX_NUMBER:
        return plain_text(text)
    try:
        value: object = dt.datetime.fromisoformat(text)
    except ValueError:
        try:
            value = dt.time.fromisoformat(text)
        except ValueError:
            return plain_text(text)
    return value_text(value)


def value_text(value: object) -> str | None:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case str():
            return plain_text(value)
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case float():
            # As many digits as Excel keeps; NaN and infinity are errors.
            return f"{value:.15g}" if abs(value) < float("inf") else None
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime() | dt.time():
            return value.isoformat(timespec="seconds")
        case dt.timedelta():
            return _clock(value)
        case None:
            return None
        case _:
            return plain_text(str(value))


def _clock(elapsed: dt.timedelta) -> str:
    """'26:03:00', as the sheet shows it."""
    seconds = round(elapsed.total_seconds())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
