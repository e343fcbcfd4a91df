"""All of the console as one table: what a browser asks for, by which permission, what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import assets, sign_in
from houselist.console.handling import Page, error_page, handler
from houselist.console.pages import fill, fill_schedule, fill_start, fill_upload, home
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.web.routing import Handler

_FILL = Permission.PROSPECTING_WRITE
_AUDIENCE = "/audiences/{audienceId}"

# Of paths that fit alike, the first is taken. No permission: any key will do.
PAGES = [
    Page("GET", "/", None, home.home),
    Page("POST", "/account-group", None, home.choose_group),
    Page("GET", "/fill", _FILL, fill.fill_new),
    Page("POST", "/fill", _FILL, fill_start.act),
    Page("POST", "/fill/upload", _FILL, fill_upload.receive, takes_files=True),
    Page("POST", "/fill/addresses", _FILL, fill_start.check_addresses),
    Page("GET", _AUDIENCE + "/fill", _FILL, fill.fill_one),
    Page("POST", _AUDIENCE + "/fill", _FILL, fill_start.act),
    Page(
        "POST",
        _AUDIENCE + "/fill/upload",
        _FILL,
        fill_upload.receive,
        takes_files=True,
    ),
    Page(
        "POST",
        _AUDIENCE + "/fill/schedule",
        _FILL,
        fill_schedule.set_schedule,
    ),
]

# What needs no session.
OPEN: list[tuple[str, str, Handler]] = [
    ("GET", "/sign-in", sign_in.sign_in_page),
    ("POST", "/sign-in", sign_in.sign_in),
    ("POST", "/sign-out", sign_in.sign_out),
    ("GET", "/static/{version}/{name}", assets.asset),
]


def routes() -> list[tuple[str, str, Handler]]:
    """Method, path and handler of each."""
    return [*OPEN, *((each.method, each.path, handler(each)) for each in PAGES)]


__all__ = ["OPEN", "PAGES", "error_page", "routes"]
