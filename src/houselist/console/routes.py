"""All of the console as one table: what a browser asks for, by which permission, what answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import assets, sign_in
from houselist.console.handling import Page, error_page, handler
from houselist.console.pages import (
    audience,
    audience_change,
    audience_forms,
    fill,
    fill_schedule,
    fill_start,
    fill_upload,
    folder_forms,
    home,
    job,
    job_file,
    job_mend,
    jobs,
    keys,
    palette,
    people,
    people_change,
    people_file,
    person,
    reference,
    settings,
    taking_back,
)
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.web.routing import Handler

P = Permission
_FILL = P.PROSPECTING_WRITE
_AUDIENCE, _JOB = "/audiences/{audienceId}", "/jobs/{jobId}"

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
    Page("GET", "/audiences/menu", P.AUDIENCES_READ, audience_forms.menu),
    Page("GET", "/audiences/edit", P.AUDIENCES_WRITE, audience_forms.edit),
    Page("POST", "/audiences/edit", P.AUDIENCES_WRITE, audience_forms.change),
    Page("GET", "/audiences/move", P.AUDIENCES_WRITE, audience_forms.move),
    Page("POST", "/audiences/move", P.AUDIENCES_WRITE, audience_forms.move),
    Page("POST", taking_back.BACK_TO_FOLDERS, P.AUDIENCES_WRITE, taking_back.move_back),
    Page("GET", "/audiences/delete", P.AUDIENCES_WRITE, audience_forms.delete),
    Page("POST", "/audiences/delete", P.AUDIENCES_WRITE, audience_forms.delete),
    Page("GET", "/folders/new", P.AUDIENCES_WRITE, folder_forms.new),
    Page("POST", "/folders/new", P.AUDIENCES_WRITE, folder_forms.create),
    Page("GET", "/folders/menu", P.AUDIENCES_WRITE, folder_forms.menu),
    Page("GET", "/folders/edit", P.AUDIENCES_WRITE, folder_forms.edit),
    Page("POST", "/folders/edit", P.AUDIENCES_WRITE, folder_forms.change),
    Page("POST", "/folders/pin", P.AUDIENCES_WRITE, folder_forms.pin),
    Page("GET", "/folders/delete", P.AUDIENCES_WRITE, folder_forms.confirm),
    Page("POST", "/folders/delete", P.AUDIENCES_WRITE, folder_forms.delete),
    Page("GET", _AUDIENCE, P.AUDIENCES_READ, audience.audience),
    Page("POST", _AUDIENCE, P.AUDIENCES_WRITE, audience_change.change),
    Page("GET", _AUDIENCE + "/empty", P.AUDIENCES_WRITE, audience_change.ask_empty),
    Page("POST", _AUDIENCE + "/empty", P.AUDIENCES_WRITE, audience_change.empty),
    Page("GET", _AUDIENCE + "/export", P.AUDIENCES_READ, people_change.ask_export),
    Page("GET", _AUDIENCE + "/file", P.PROSPECTS_READ, people_file.people_file, sends_file=True),
    Page("POST", _AUDIENCE + "/put-back", P.AUDIENCES_READ, taking_back.put_back),
    Page("POST", _AUDIENCE + "/people", P.AUDIENCES_READ, people_change.change_members),
    Page("GET", "/people", P.PROSPECTS_READ, people.people),
    Page("POST", "/people", P.AUDIENCES_READ, people_change.copy_people),
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
    Page("GET", _JOB, P.PROSPECTING_READ, job.job),
    Page("GET", _JOB + "/rows.csv", P.PROSPECTING_READ, job_file.rows_file, sends_file=True),
    Page("POST", _JOB + "/cancel", P.PROSPECTING_WRITE, job.cancel),
    Page("POST", _JOB + "/undo", P.PROSPECTING_WRITE, job.undo),
    Page("POST", _JOB + "/mend", P.PROSPECTING_WRITE, job_mend.mend),
    Page("GET", "/fill", _FILL, fill.fill_new),
    Page("POST", "/fill", _FILL, fill_start.act),
    Page("POST", "/fill/upload", _FILL, fill_upload.receive, takes_files=True),
    Page("POST", "/fill/addresses", _FILL, fill_start.check_addresses),
    Page("GET", _AUDIENCE + "/fill", _FILL, fill.fill_one),
    Page("POST", _AUDIENCE + "/fill", _FILL, fill_start.act),
    Page("POST", _AUDIENCE + "/fill/upload", _FILL, fill_upload.receive, takes_files=True),
    Page("POST", _AUDIENCE + "/fill/schedule", _FILL, fill_schedule.set_schedule),
    Page("GET", "/docs", None, reference.reference, reference.signed_out),
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
