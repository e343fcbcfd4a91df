"""What became of the rows of a job that is over: paged, downloaded, mended, taken back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.async_api import expect

from support.console import visiting
from support.http import serving
from support.jobs import csv as file_of
from support.jobs import members, slugs

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

REFUSED = file_of(
    "Name,LinkedIn URL,E-mail,Shoe size",
    "Ada Stone,https://www.linkedin.com/in/ada-stone,,38",
    "Ben Cole,https://lnkd.in/eXample,,44",
    "Cy Dunn,,cy@,45",
    "Di East,,di@acme.example,36,,,too many,cells",
    "Ed Fox,,=cmd()|'x'!A1,41",
)


async def _refused(api: Api) -> Any:
    """A job of a file with a name, of whose five rows one is good."""
    answer = await api.post(
        "uploads",
        params={"name": "guests <2026>.csv"},
        content=REFUSED.encode(),
        headers={"content-type": "text/csv"},
    )
    upload = answer.json()["data"]["uploadId"]
    job = await api.start(type="file_upload", uploadId=upload, audienceName="Guests")
    return await api.finished(job["jobId"])


async def test_refused_rows_are_mended_in_place_and_imported_alone(
    visitor: Visitor, api: Api
) -> None:
    page = visitor.page
    job = await _refused(api)
    assert (job["counts"]["added"], job["counts"]["invalid"]) == (1, 4)
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page.locator("#row-3")).to_contain_text("E-mail: cy@")
    await page.get_by_role("link", name="Mend row 3").click()
    await expect(page.get_by_label("E-mail of row 3")).to_have_value("cy@")
    await expect(page.locator("#row-3")).to_contain_text("Cy Dunn")
    await expect(page.locator("#row-4")).to_contain_text("Di East,,di@acme.example,36,,,too many")
    await visitor.check_accessible()
    await visitor.picture("job-mend")
    await page.get_by_label("E-mail of row 3").fill("cy@acme.example")
    await expect(page.get_by_role("button", name="Import 1 mended row")).to_be_visible()
    # A row that could not be read has all its cells to be filled.
    await page.get_by_label("Name of row 4").fill("Di East")
    await page.get_by_label("E-mail of row 4").fill("di@acme.example")
    await page.get_by_role("button", name="Import 2 mended rows").click()
    await expect(page.get_by_text("Mended rows 3, 4", exact=True)).to_be_visible()
    await expect(page.locator(".title .out")).to_have_text("Completed")
    await expect(page.locator('[data-count="added"]')).to_have_text("2")
    people = {each["name"]: each for each in await members(api, job)}
    assert people.keys() == {"Ada Stone", "Cy Dunn", "Di East"}
    assert people["Cy Dunn"]["email"] == "cy@acme.example"
    # What nobody touched came along.
    assert people["Cy Dunn"]["attributes"] == {"Shoe size": "45"}
    await page.get_by_role("link", name="the job that refused them").click()
    await expect(page.get_by_label("E-mail of row 3")).to_be_visible()


async def test_mending_works_without_script_and_nothing_changed_imports_nothing(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    job = await _refused(api)
    async with visiting(browser, address, pool, api.tenant, java_script_enabled=False) as visitor:
        page = visitor.page
        await visitor.open(f"/jobs/{job['jobId']}?outcome=invalid")
        await page.get_by_role("button", name="Import mended rows").click()
        await expect(page.get_by_text("No row was changed")).to_be_visible()
        await page.get_by_label("LinkedIn URL of row 2").fill("linkedin.com/in/ben-cole")
        await page.get_by_role("button", name="Import mended rows").click()
        await expect(page.get_by_text("Mended row 2", exact=True)).to_be_visible()
    jobs = (await api.get("prospecting")).json()["data"]["items"]
    assert len(jobs) == 2
    await api.finished(jobs[0]["jobId"])
    assert len(await members(api, job)) == 2


async def test_an_undo_says_what_it_will_do_and_leads_to_its_ledger(
    visitor: Visitor, api: Api
) -> None:
    page = visitor.page
    job = await _refused(api)
    await visitor.open(f"/jobs/{job['jobId']}")
    await page.get_by_role("button", name="Undo").click()
    asked = page.get_by_role("dialog", name="Undo this job?")
    await expect(asked).to_contain_text("The 1 person it added leaves the audience again")
    await expect(asked).to_contain_text("A job can be undone once, until")
    await visitor.check_accessible()
    await asked.get_by_role("button", name="Undo job").click()
    await expect(page.get_by_role("heading", name="Undo of guests <2026>.csv")).to_be_visible()
    await expect(page.locator(".title .out")).to_have_text("Completed")
    await expect(page.locator('[data-count="removed"]')).to_have_text("1")
    await expect(page.locator("tbody tr")).to_contain_text("Taken out")
    await visitor.check_accessible()
    await page.get_by_role("link", name="what a job did").click()
    await expect(page.get_by_text("This job was undone")).to_be_visible()
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    await visitor.open("/jobs")
    await expect(page.locator("tbody tr").first).to_contain_text("1 person taken out again")


async def test_a_dry_run_says_that_nothing_was_written(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    upload = await api.upload(REFUSED)
    job = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Not yet", dryRun=True
    )
    await api.finished(job["jobId"])
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page.get_by_text("A dry run: nothing was written")).to_be_visible()
    await expect(page.locator(".lede")).to_have_text("Tried for a new audience")
    await expect(page.locator('[data-count="invalid"]')).to_have_text("4")
    for offered in ("Undo", "Mend"):
        await expect(page.get_by_text(offered, exact=True)).to_have_count(0)
    go_on = page.get_by_role("link", name="Go on to fill")
    assert f"dryRun={job['jobId']}" in (await go_on.get_attribute("href") or "")
    await visitor.check_accessible()


async def test_the_ledger_is_paged_both_ways_and_filtered(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    lines = [f"p{n}@pages.example" if n % 2 else f"nobody {n}" for n in range(1, 241)]
    job = await api.import_file(file_of("Email", *lines), "Halves")
    await visitor.open(f"/jobs/{job['jobId']}")
    first = page.locator("tbody tr").first
    await page.keyboard.press("n")
    await expect(first).to_have_attribute("id", "row-51")
    await page.get_by_role("link", name="To the last row").click()
    await expect(page.locator("#row-240")).to_be_visible()
    await page.get_by_role("link", name="Earlier").click()
    await expect(first).to_have_attribute("id", "row-141")
    await page.get_by_role("link", name="Invalid").click()
    await expect(first).to_have_attribute("id", "row-2")
    await expect(page.locator(".pager")).to_contain_text("50 of 120 rows invalid")
    for rows in ("row-102", "row-202"):
        await page.get_by_role("link", name="Later").click()
        await expect(first).to_have_attribute("id", rows)
    await expect(page.get_by_role("link", name="Later")).to_have_count(0)
    for rows in ("row-102", "row-2"):
        await page.get_by_role("link", name="Earlier").click()
        await expect(first).to_have_attribute("id", rows)
    assert "after" not in page.url


async def test_rows_come_as_a_file_by_outcome(visitor: Visitor, api: Api, stranger: Api) -> None:
    page = visitor.page
    job = await _refused(api)
    await visitor.open(f"/jobs/{job['jobId']}?outcome=invalid")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download invalid").click()
    file = await download.value
    assert file.suggested_filename == "guests -2026-.csv, invalid.csv"
    text = (await file.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == [
        *("row", "outcome", "reason", "prospectId"),
        *("Name", "LinkedIn URL", "E-mail", "Shoe size"),
    ]
    assert [row["row"] for row in rows] == ["2", "3", "4", "5"]
    assert rows[1]["E-mail"] == "cy@"
    assert rows[2]["Name"].startswith("Di East")
    # What a spreadsheet would run is guarded.
    assert rows[3]["E-mail"] == "'=cmd()|'x'!A1"
    visitor.expected.append("404")
    theirs = await _refused(stranger)
    answer = await visitor.open(f"/jobs/{theirs['jobId']}/rows.csv")
    assert answer.status == 404


async def test_a_combination_has_people_and_no_rows(visitor: Visitor, api: Api) -> None:
    page = visitor.page
    one = await api.import_file(slugs(3, "one"), "One")
    two = await api.import_file(slugs(2, "two"), "Two")
    started = await api.post(
        "audiences/combine",
        json={
            "operation": "union",
            "audienceIds": [one["audienceId"], two["audienceId"]],
            "audienceName": "Both",
        },
    )
    job = await api.finished(started.json()["data"]["jobId"])
    await visitor.open(f"/jobs/{job['jobId']}")
    await expect(page.get_by_role("heading", name="Everybody in 2 audiences")).to_be_visible()
    await expect(page.locator("[data-live=rows]")).to_have_text("5")
    await expect(page.locator("table")).to_have_count(0)
    await visitor.check_accessible()


async def test_a_large_ledger_is_sent_in_flat_memory(dsn: str, pool: Pool, api: Api) -> None:
    job = await api.import_file(slugs(1, "alone"), "Large")
    group, id_ = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(job["jobId"])
    await pool.execute(
        "INSERT INTO prospecting_rows (account_group_id, job_id, row, outcome, reason)"
        " SELECT $1, $2, n, 'invalid', repeat('why ', 200) FROM generate_series(2, 60000) n",
        group,
        id_,
    )
    # Its rows are in no file: it was let go.
    await pool.execute("UPDATE uploads SET let_go_at = now() WHERE account_group_id = $1", group)
    async with serving(dsn) as server, httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        client.headers["authorization"] = f"Bearer {api.tenant.token}"
        path = f"/jobs/{job['jobId']}/rows.csv"
        await client.get(path, params={"outcome": "added"})
        before, size = sum(server.memory().values()), 0
        async with client.stream("GET", path) as answer:
            assert answer.status_code == 200
            async for piece in answer.aiter_raw():
                size += len(piece)
        assert size > 45_000_000
        assert sum(server.memory().values()) < before + 20_000_000
