"""All of the console as one table: what a browser asks for, by which permission, what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import assets, sign_in
from houselist.console.handling import Page, error_page, handler
from houselist.console.pages import audience_forms, folder_forms, home, palette
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.web.routing import Handler

P = Permission

# Of paths that fit alike, the first is taken. No permission: any key will do.
PAGES = [
    Page("GET", "/", None, home.home),
    Page("GET", "/filling", P.PROSPECTING_READ, home.filling),
    Page("GET", "/navigation", P.AUDIENCES_READ, home.navigation),
    Page("GET", "/palette", None, palette.palette),
    Page("POST", "/account-group", None, home.choose_group),
    Page("GET", "/audiences/rows", P.AUDIENCES_READ, home.rows),
    Page("GET", "/audiences/new", P.AUDIENCES_WRITE, audience_forms.new),
    Page("POST", "/audiences/new", P.AUDIENCES_WRITE, audience_forms.create),
    Page("GET", "/audiences/edit", P.AUDIENCES_WRITE, audience_forms.edit),
    Page("POST", "/audiences/edit", P.AUDIENCES_WRITE, audience_forms.change),
    Page("GET", "/audiences/move", P.AUDIENCES_WRITE, audience_forms.move),
    Page("POST", "/audiences/move", P.AUDIENCES_WRITE, audience_forms.move),
    Page("GET", "/audiences/delete", P.AUDIENCES_WRITE, audience_forms.delete),
    Page("POST", "/audiences/delete", P.AUDIENCES_WRITE, audience_forms.delete),
    Page("GET", "/folders/new", P.AUDIENCES_WRITE, folder_forms.new),
    Page("POST", "/folders/new", P.AUDIENCES_WRITE, folder_forms.create),
    Page("GET", "/folders/edit", P.AUDIENCES_WRITE, folder_forms.edit),
    Page("POST", "/folders/edit", P.AUDIENCES_WRITE, folder_forms.change),
    Page("POST", "/folders/pin", P.AUDIENCES_WRITE, folder_forms.pin),
    Page("GET", "/folders/delete", P.AUDIENCES_WRITE, folder_forms.confirm),
    Page("POST", "/folders/delete", P.AUDIENCES_WRITE, folder_forms.delete),
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
