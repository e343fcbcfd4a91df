"""Keys in the console: the list, a new key that is shown once, and revoking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from houselist.keys import store as keys
from houselist.postgres import db
from support.console import visiting
from support.service import Tenant, data, make_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from support.console import Visitor
    from support.service import Api, Service

HOSTILE = "<script>alert(1)</script>\"'&" + "x" * 170


async def test_a_key_is_made_shown_once_and_revoked(
    visitor: Visitor, api: Api, service: Service
) -> None:
    page = visitor.page
    await visitor.open("/keys")
    own = page.get_by_role("row", name="a test's key")
    await expect(own).to_contain_text("this key")
    await expect(own).to_contain_text("All")
    await page.get_by_role("link", name="New key").click()
    await visitor.check_accessible()
    await page.get_by_label("Name").fill(HOSTILE)
    visitor.expected.append("400")
    await page.get_by_role("button", name="Make key").click()
    await expect(page.get_by_text("Permissions must be")).to_be_visible()
    await visitor.check_accessible()
    await expect(page.get_by_label("Name")).to_have_value(HOSTILE)
    await page.get_by_label("Read people").check()
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    await page.get_by_label("Last day").fill(day.isoformat())
    await page.get_by_role("button", name="Make key").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    token = await page.locator("#made-key").inner_text()
    await visitor.check_accessible()
    async with service.client(Tenant(api.tenant.account_group_id, token, b"")) as reader:
        data(await reader.get("prospects"))
    await page.get_by_role("link", name="I have kept it").click()
    assert token not in await page.content()
    made = data(await api.get("keys"))["items"][0]
    assert made["permissions"] == ["prospects:read"]
    assert made["expiresAt"] == f"{day + timedelta(days=1)}T00:00:00.000Z"
    await visitor.check_accessible()
    await visitor.picture("keys")
    await page.get_by_role("button", name=f"Revoke {HOSTILE}").click()
    asked = page.get_by_role("dialog", name=f"Revoke {HOSTILE}?")
    await expect(asked).to_contain_text("It was last used just now.")
    await visitor.check_accessible()
    await asked.get_by_role("button", name="Revoke key").click()
    await expect(page.get_by_text(f"Revoked {HOSTILE}")).to_be_visible()
    await expect(page.get_by_role("row", name=HOSTILE[:20])).to_contain_text("Revoked")
    assert data(await api.get("keys"))["items"][0]["revokedAt"]
    assert not await visitor.is_wider_than_the_screen()


async def test_the_next_thing_after_a_revocation_leads_to_signing_in(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    tenant = await make_tenant(pool, groups=[api.tenant.account_group_id])
    async with visiting(browser, address, pool, tenant) as visitor:
        page = visitor.page
        await visitor.open("/keys/new")
        await page.get_by_label("Name").fill("Half made")
        await page.get_by_label("Read people").check()
        async with db.transaction(pool) as connection:
            await keys.revoke(connection, tenant.key_id)
        visitor.expected.append("401")
        # Within a second, in every process.
        await page.wait_for_timeout(1_000)
        await page.get_by_role("button", name="Make key").click()
        await expect(page.get_by_text("Your session has ended.")).to_be_visible()
        await page.get_by_label("API key").fill(api.tenant.token)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Send it now").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Half made")


async def test_ones_own_key_is_revoked_with_a_warning(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    tenant = await make_tenant(pool, groups=[api.tenant.account_group_id])
    async with visiting(browser, address, pool, tenant) as visitor:
        page = visitor.page
        await visitor.open("/keys")
        own = page.get_by_role("row").filter(has_text="this key")
        await own.get_by_role("button", name="Revoke").click()
        await expect(page.get_by_text("You are signed in with this key.")).to_be_visible()
        await expect(page.get_by_text("1 browser is signed in with it")).to_be_visible()
        await page.get_by_role("button", name="Revoke key").click()
        await expect(page.get_by_label("API key")).to_be_visible(timeout=10_000)


async def test_a_key_gives_no_more_than_it_has(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    ends = datetime.now(UTC) + timedelta(days=2)
    group = [api.tenant.account_group_id]
    may = ["keys:read", "keys:write", "audiences:read"]
    tenant = await make_tenant(pool, may, groups=group, expires_at=ends)
    narrow: Any = {"viewport": {"width": 360, "height": 780}, "java_script_enabled": False}
    async with visiting(browser, address, pool, tenant, **narrow) as visitor:
        page = visitor.page
        await visitor.open("/keys/new")
        await expect(page.get_by_role("checkbox")).to_have_count(3)
        assert not await visitor.is_wider_than_the_screen()
        await page.get_by_label("Name").fill("Until then")
        await page.get_by_label("audiences:read").check()
        visitor.expected += ["422", "403"]
        await page.get_by_role("button", name="Make key").click()
        await expect(page.get_by_text("Last day must be no later than")).to_be_visible()
        await page.get_by_label("Last day").fill(ends.date().isoformat())
        await page.get_by_role("button", name="Make key").click()
        await expect(page.locator("#made-key")).to_contain_text("hl_live_")
        await visitor.open("/keys")
        assert not await visitor.is_wider_than_the_screen()
        answer = await page.request.post(
            f"{visitor.address}/keys",
            form={"name": "more", "permissions": "prospects:read"},
            headers={"origin": visitor.address},
        )
        assert answer.status == 403


async def test_a_key_that_may_only_read_keys_is_offered_no_change(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    group = [api.tenant.account_group_id]
    reader = await make_tenant(pool, ["keys:read"], groups=group)
    async with visiting(browser, address, pool, reader) as visitor:
        await visitor.open("/keys")
        await expect(visitor.page.get_by_role("row")).to_have_count(3)
        await expect(visitor.page.get_by_role("button", name="Revoke")).to_have_count(0)
        await expect(visitor.page.get_by_role("link", name="New key")).to_have_count(0)
        visitor.expected.append("403")
        assert (await visitor.open("/keys/new")).status == 403
    nobody = await make_tenant(pool, ["audiences:read"], groups=group)
    async with visiting(browser, address, pool, nobody) as visitor:
        await expect(visitor.page.get_by_role("link", name="Keys")).to_have_count(0)
        visitor.expected.append("403")
        assert (await visitor.open("/keys")).status == 403
