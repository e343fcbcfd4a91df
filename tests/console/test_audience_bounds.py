"""The page of an audience, with hostile names, keys that may less, photos, and very many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from houselist.permissions import Permission
from support.console import visiting
from support.http import serving
from support.people_pages import add, make_many, names
from support.prospects import join, make_prospects
from support.search import write_texts
from support.service import data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.console import Visitor
    from support.service import Api

HOSTILE = [
    "<script>alert(1)</script>",
    "W" * 200,
    "مريم الخوارزمي",
    "👩🏽‍🚀 Zoë 🚀",
    '"><img src=x onerror=alert(1)>',
]


async def test_hostile_names_do_no_harm(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await api.make_audience("<b>A</b>" + "x" * 190)
    people = [
        {
            "name": name,
            "title": name,
            "location": name,
            "company": {"name": name},
            "attributes": {name[:90]: name},
        }
        for name in HOSTILE
    ]
    await add(api, audience, *people)
    narrow = {"viewport": {"width": 360, "height": 780}}
    for options in ({}, narrow):
        async with visiting(browser, address, pool, api.tenant, **options) as visitor:
            await visitor.open(f"/audiences/{audience['id']}")
            await expect(names(visitor.page)).to_have_count(len(HOSTILE))
            assert set(await names(visitor.page).all_text_contents()) == set(HOSTILE)
            assert not await visitor.is_wider_than_the_screen()
            await visitor.check_accessible()
            await visitor.picture(f"audience-hostile-{'narrow' if options else 'wide'}")
            await visitor.open(f"/audiences/{audience['id']}?columns=attributes.{HOSTILE[0]}")
            cell = visitor.page.locator("td.c-more", has_text=HOSTILE[0])
            await expect(cell).to_have_count(1)


async def test_what_the_key_may_not_do_is_not_offered(
    browser: Browser, address: str, pool: Pool, api: Api
) -> None:
    audience = await make_many(api, 2)
    groups = [api.tenant.account_group_id]
    path = f"/audiences/{audience['id']}"
    reader = await make_tenant(
        pool, [Permission.AUDIENCES_READ, Permission.PROSPECTS_READ], groups=groups
    )
    async with visiting(browser, address, pool, reader) as visitor:
        page = visitor.page
        await visitor.open(path)
        await expect(names(page)).to_have_count(2)
        for gone in ("Edit name", "More for this"):
            await expect(page.get_by_label(gone)).to_have_count(0)
        # Whom they select they can only export.
        await page.get_by_label("Select this page").check()
        await expect(page.locator("button[name=do]")).to_have_count(1)
        await expect(page.locator("button[name=do][value=export]")).to_be_visible()
        await expect(page.get_by_role("link", name="Fill", exact=True)).to_have_count(0)
        visitor.expected.append("403")
        for part in ("", "/empty"):
            refused = await page.evaluate(
                "(path) => fetch(path, {method: 'POST', body: new URLSearchParams({name: 'x'})})"
                ".then((answer) => answer.status)",
                path + part,
            )
            assert refused == 403
        assert data(await api.get(f"audiences/{audience['id']}"))["prospectCount"] == 2
    lister = await make_tenant(pool, [Permission.AUDIENCES_READ], groups=groups)
    async with visiting(browser, address, pool, lister) as visitor:
        await visitor.open(path)
        await expect(visitor.page.get_by_text("This key may not read people")).to_be_visible()
        await expect(visitor.page.get_by_text("Person 000")).to_have_count(0)
        await visitor.check_accessible()


async def test_that_of_another_account_group_is_not_there(visitor: Visitor, stranger: Api) -> None:
    audience = await make_many(stranger, 1)
    visitor.expected.append("404")
    for id_ in (audience["id"], "nothing"):
        assert (await visitor.open(f"/audiences/{id_}")).status == 404
    await expect(visitor.page.get_by_role("heading", name="There is nothing here")).to_be_visible()


async def test_photos_are_fetched_only_where_that_is_set(
    browser: Browser, dsn: str, address: str, pool: Pool, api: Api
) -> None:
    audience = await api.make_audience("Faces")
    photo = "https://photos.example/ada.png"
    ids = await make_prospects(
        pool,
        api,
        {"name": "Ada", "photo_url": photo},
        {"name": "Bob", "photo_url": "http://x.example/"},
    )
    await join(pool, api, audience["id"], *ids)
    path = f"/audiences/{audience['id']}"
    async with visiting(browser, address, pool, api.tenant) as visitor:
        answer = await visitor.open(path)
        assert "https:" not in answer.headers["content-security-policy"]
        await expect(visitor.page.locator(".face img")).to_have_count(0)
        answer = await visitor.open(f"/people/{ids[0]}")
        assert "https:" not in answer.headers["content-security-policy"]
        await expect(visitor.page.locator(".face img")).to_have_count(0)
        await visitor.open("/settings")
        await expect(visitor.page.get_by_text("Photos of people are not fetched")).to_be_visible()
    async with (
        serving(dsn, CONSOLE_PHOTOS="on") as server,
        visiting(browser, server.url, pool, api.tenant) as visitor,
    ):
        await visitor.page.route(
            photo,
            lambda route: route.fulfill(
                content_type="image/svg+xml", body="<svg xmlns='http://www.w3.org/2000/svg'/>"
            ),
        )
        answer = await visitor.open(path)
        assert "img-src 'self' data: https:;" in answer.headers["content-security-policy"]
        await expect(visitor.page.locator(".face img")).to_have_count(1)
        assert visitor.elsewhere == [photo]
        await visitor.page.get_by_role("link", name="Ada", exact=True).click()
        in_panel = visitor.page.get_by_role("complementary", name="Ada").locator(".face img")
        await expect(in_panel).to_have_attribute("src", photo)
        answer = await visitor.open(f"/people/{ids[0]}")
        assert "img-src 'self' data: https:;" in answer.headers["content-security-policy"]
        await expect(visitor.page.locator(".face img")).to_have_attribute("src", photo)
        assert set(visitor.elsewhere) == {photo}
        visitor.elsewhere.clear()
        await visitor.open("/settings")
        await expect(visitor.page.get_by_text("Photos of people are fetched")).to_be_visible()


async def test_a_large_one_is_paged_both_ways_and_searched(
    visitor: Visitor, api: Api, pool: Pool
) -> None:
    """`make bench` does the same with 1,000,000 people."""
    audience, page = await api.make_audience("Large"), visitor.page
    group, id_ = (bytes.fromhex(each) for each in (api.tenant.account_group_id, audience["id"]))
    people = 50_000
    await pool.execute(
        """
        INSERT INTO prospects (account_group_id, id, name, title, company_name, email, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Person ' || lpad(n::text, 5, '0'),
               CASE WHEN n % 9 = 3 THEN 'Engineer' ELSE 'Editor' END, 'Company ' || n % 1000, n || '@people.example', now()
        FROM generate_series(1, $2::int) n
        """,
        group,
        people,
    )
    await pool.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                 seen_by_job_id, added_at)
        SELECT $1, $2, n, decode(lpad(to_hex(n), 24, '0'), 'hex'), $2, now()
        FROM generate_series(1, $3::int) n
        """,
        group,
        id_,
        people,
    )
    await pool.execute(
        "UPDATE audiences SET prospect_count = $3::bigint, next_position = $3::bigint + 1"
        " WHERE account_group_id = $1 AND id = $2",
        group,
        id_,
        people,
    )
    await write_texts(pool, api)
    await pool.execute("ANALYZE memberships, prospects, search_texts, search_values")
    await visitor.open(f"/audiences/{audience['id']}")
    await expect(page.locator(".pager")).to_contain_text("50 of 50,000")
    await expect(page.locator(".note")).to_contain_text("estimated from 2,000 of 50,000 people")
    await expect(names(page).first).to_have_text("Person 50000")
    await page.keyboard.press("n")
    await expect(names(page).first).to_have_text("Person 49950")
    await page.keyboard.press("p")
    await expect(names(page).first).to_have_text("Person 50000")
    await page.keyboard.press("/")
    await page.keyboard.type("engineer")
    await expect(page.locator(".pager")).to_contain_text("50 of 5,556 that match, of 50,000")
    await page.get_by_role("searchbox").first.fill("person")
    await expect(page.locator(".pager")).to_contain_text("50 of 10,000+ that match, of 50,000")
    await page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    await expect(names(page).first).to_have_text("Person 00001")
    await page.get_by_role("link", name="Next").click()
    await expect(names(page).first).to_have_text("Person 00051")
    await page.get_by_role("link", name="Previous").click()
    await expect(names(page).first).to_have_text("Person 00001")
