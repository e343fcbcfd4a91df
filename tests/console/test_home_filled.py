"""From what the audiences of Home were filled, and when: what files are called, and the filter by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from support.jobs import slugs
from support.service import data

if TYPE_CHECKING:
    from playwright.async_api import Page

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

HOSTILE = '<img src=x onerror="alert(1)">.csv'


async def _import(api: Api, name: str, file: str, **more: Any) -> Any:
    answer = await api.post(
        "uploads",
        params={"name": file},
        content=slugs(2, f"of-{len(name)}"),
        headers={"content-type": "text/csv"},
    )
    upload = data(answer, 201)
    target = more or {"audienceName": name}
    job = await api.start(type="file_upload", uploadId=upload["uploadId"], **target)
    return await api.finished(job["jobId"])


def _row(page: Page, name: str) -> Any:
    return page.locator("tr[data-id]", has=page.get_by_role("link", name=name, exact=True))


async def test_a_file_is_told_by_its_name_and_several_by_their_number(
    visitor: Visitor, api: Api, worker: None
) -> None:
    await _import(api, "From one", HOSTILE)
    job = await _import(api, "From two", "first.csv")
    await _import(api, "From two", "second.csv", audienceId=job["audienceId"])
    page = visitor.page
    await visitor.open("/")
    await expect(_row(page, "From one")).to_contain_text(HOSTILE)
    await expect(_row(page, "From two")).to_contain_text("2 files")
    await visitor.check_accessible()
    await visitor.picture("home-files")
    await page.set_viewport_size({"width": 360, "height": 780})
    assert not await visitor.is_wider_than_the_screen()


async def test_audiences_are_filtered_by_when_they_were_filled(
    visitor: Visitor, api: Api, pool: Pool, worker: None
) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)
    for name, days in (("Today", 0), ("This month", 20), ("Long ago", 90)):
        job = await _import(api, name, "people.csv")
        await pool.execute(
            "UPDATE prospecting_jobs SET updated_at = now() - make_interval(days => $3)"
            " WHERE account_group_id = $1 AND id = $2",
            group,
            bytes.fromhex(job["jobId"]),
            days,
        )
    await api.make_audience("Unfilled")
    by_hand = await api.make_audience("By hand")
    people = [{"email": "ann@a.example"}]
    await api.post(f"audiences/{by_hand['id']}/prospects", json={"prospects": people})
    page = visitor.page
    await visitor.open("/?sort=name")
    names = page.locator("tr[data-id] [data-open]")
    for words, filled, expected in (
        ("In the last 7 days", "week", ["By hand", "Today"]),
        ("In the last 30 days", "month", ["By hand", "This month", "Today"]),
        ("Longer ago", "before", ["Long ago"]),
        ("Never", "never", ["Unfilled"]),
    ):
        await page.get_by_text("Filled: any time").click()
        await page.get_by_role("link", name=words, exact=True).click()
        await expect(page).to_have_url(f"{visitor.address}/?sort=name&filled={filled}")
        await expect(names).to_have_text(expected)
        await page.get_by_role("link", name="Filled at any time").click()
        await expect(names).to_have_count(5)
    await visitor.open("/?filled=week&source=url_upload")
    await expect(page.get_by_role("heading", name="No audience fits")).to_be_visible()
    await visitor.check_accessible()
    visitor.expected.append("400")
    await visitor.open("/?filled=sometimes")
    await expect(page.get_by_text("must be week, month, before or never")).to_be_visible()
