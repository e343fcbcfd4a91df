"""All of the console as one table: what a browser asks for, by which permission, what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import assets, sign_in
from houselist.console.handling import Page, error_page, handler
from houselist.console.pages import home, job, job_file, job_mend, jobs, keys, person, settings
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.web.routing import Handler

P = Permission

# Of paths that fit alike, the first is taken. No permission: any key will do.
PAGES = [
    Page("GET", "/", None, home.home),
    Page("POST", "/account-group", None, home.choose_group),
    Page("GET", "/people/{prospectId}", P.PROSPECTS_READ, person.person),
    Page("POST", "/people/{prospectId}", P.PROSPECTS_WRITE, person.change_person),
    Page("POST", "/people/{prospectId}/merge", P.PROSPECTS_WRITE, person.merge_people),
    Page("POST", "/people/{prospectId}/move", P.AUDIENCES_WRITE, person.move_person),
    Page("POST", "/people/{prospectId}/copy", P.PROSPECTS_WRITE, person.copy_person),
    Page("POST", "/people/{prospectId}/remove", P.PROSPECTS_WRITE, person.remove_person),
    Page("GET", "/keys", P.KEYS_READ, keys.keys),
    Page("GET", "/keys/new", P.KEYS_WRITE, keys.new_key),
    Page("POST", "/keys", P.KEYS_WRITE, keys.make_key),
    Page("POST", "/keys/{keyId}/revoke", P.KEYS_WRITE, keys.revoke_key),
    Page("GET", "/settings", None, settings.settings),
    Page("POST", "/settings", None, settings.choose),
    Page("GET", "/jobs", P.PROSPECTING_READ, jobs.jobs),
    Page("GET", "/jobs/{jobId}", P.PROSPECTING_READ, job.job),
    Page("GET", "/jobs/{jobId}/rows.csv", P.PROSPECTING_READ, job_file.rows_file),
    Page("POST", "/jobs/{jobId}/cancel", P.PROSPECTING_WRITE, job.cancel),
    Page("POST", "/jobs/{jobId}/undo", P.PROSPECTING_WRITE, job.undo),
    Page("POST", "/jobs/{jobId}/mend", P.PROSPECTING_WRITE, job_mend.mend),
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
