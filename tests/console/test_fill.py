"""Filling an audience from the console: a file from drop to job, and the other sources."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from support.clock import PATIENCE
from support.console import visiting
from support.service import data
from support.workbooks import row, xlsx_parts, zipped

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from houselist.postgres import db
    from support.console import Visitor
    from support.service import Api

# Reading a file starts a process, and a dry run waits for a worker.
READ = 20_000
NASTY = "<img src=x onerror=alert(1)> " + "long " * 20
FILE = (
    f"Full Name;Work mail;Profile;Notes;{NASTY}\n"
    + "".join(
        f"Zoë Müller {i};zoe{i}@firm.example;https://www.linkedin.com/in/zoe-m-{i};Grüße;{i}\n"
        for i in range(60)
    )
    + "No Body;info@;;;\nTwice;zoe1@firm.example;;;\nShort;;https://lnkd.in/abc;;\n"
).encode("cp1252")


def _file(content: bytes = FILE, name: str = "Fair, October.csv") -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


async def _drop(page: Page, name: str, content: bytes) -> None:
    """Drops a file onto the page, as from a folder."""
    moved = await page.evaluate_handle(
        """([name, bytes]) => {
            const moved = new DataTransfer();
            moved.items.add(new File([new Uint8Array(bytes)], name, { type: "text/csv" }));
            return moved;
        }""",
        [name, list(content)],
    )
    await page.dispatch_event("#main", "dragover", {"dataTransfer": moved})
    await expect(page.locator("#file-card")).to_have_class("card empty-file over")
    await page.dispatch_event("#main", "drop", {"dataTransfer": moved})


async def test_a_file_from_drop_to_job(visitor: Visitor, api: Api, worker: None) -> None:
    page = visitor.page
    await visitor.open("/fill")
    await visitor.check_accessible()
    await _drop(page, "Fair, October.csv", FILE)
    await expect(page.get_by_role("heading", name="Mapping")).to_be_visible(timeout=READ)
    # Told as it was read, with the reasons for the mapping.
    await expect(page.locator("#file-card")).to_contain_text("63 rows, 5 columns")
    await expect(page.locator("#file-card")).to_contain_text("divided by semicolon")
    await expect(page.get_by_label("Read as")).to_contain_text("Windows-1252, Western, as found")
    row = page.get_by_role("row", name="Work mail")
    await expect(row).to_contain_text("The values are e-mail addresses")
    await expect(row.get_by_role("combobox")).to_have_value("email")
    await expect(page.get_by_role("row", name="Full Name")).to_contain_text("The header says so")
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Fair, October")
    await visitor.check_accessible()
    # A wrong mapping is corrected, and said to be.
    await page.get_by_label("Notes goes to").select_option("about")
    await expect(page.get_by_role("row", name="Notes")).to_contain_text("You chose it")
    assert "to.3=about" in page.url
    await page.get_by_label("Notes goes to").select_option("leaveOut")
    await expect(page.get_by_role("row", name="Notes")).to_contain_text("Not kept, as you chose")
    await expect(page.locator("#map header")).to_contain_text("1 left out")
    await page.get_by_label("Notes goes to").select_option("about")
    await expect(page.get_by_role("row", name="Notes")).to_contain_text("You chose it")
    await page.get_by_role("button", name="Run it").click()
    await expect(page.locator("#go-button")).to_have_text("Add 60 people", timeout=READ)
    dry = page.locator("#dry")
    await expect(dry).to_contain_text("All 63 rows")
    await expect(dry.locator(".tally .o-double .val")).to_have_text("1")
    await expect(dry.locator(".tally .o-refused .val")).to_have_text("2")
    await expect(dry.locator(".cells").first).to_contain_text("Row 61")
    await expect(dry.locator(".cells").first).to_contain_text("info@")
    await visitor.check_accessible()
    await visitor.picture("fill")
    # The address is the state.
    await page.reload()
    await expect(page.get_by_label("Notes goes to")).to_have_value("about")
    await expect(page.locator("#go-button")).to_have_text("Add 60 people", timeout=READ)
    # A change makes the dry run stale, and taking it back makes it good again.
    await page.get_by_label("Notes goes to").select_option("headline")
    await expect(dry).to_contain_text("This dry run is out of date")
    await expect(page.locator("#go-button")).to_have_text("Add people")
    await page.get_by_label("Notes goes to").select_option("about")
    await expect(page.locator("#go-button")).to_have_text("Add 60 people", timeout=READ)
    assert data(await api.get("audiences"))["items"] == []
    await page.locator("#go-button").click()
    await page.wait_for_url("**/jobs/*")
    job = await api.finished(page.url.rpartition("/")[2])
    assert (job["counts"]["added"], job["dryRun"]) == (60, False)
    (made,) = data(await api.get("audiences"))["items"]
    assert (made["name"], made["prospectCount"]) == ("Fair, October", 60)
    (person,) = data(await api.get("prospects", params={"q": "zoe1"}))["items"][:1]
    assert person["about"] == "Grüße"


async def test_a_file_is_read_again_in_another_encoding(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/fill")
    await page.get_by_label("File", exact=True).set_input_files(_file())
    await expect(page.get_by_role("row", name="Full Name")).to_contain_text(
        "Zoë Müller 0", timeout=READ
    )
    first = page.url
    await page.get_by_label("Read as").select_option("macintosh")
    await expect(page.get_by_role("row", name="Full Name")).not_to_contain_text(
        "Zoë Müller", timeout=READ
    )
    await expect(page.get_by_label("Read as")).to_contain_text("Mac Roman, as found")
    assert page.url != first
    # Back is the upload before, whose file the page has no more.
    await page.go_back()
    await expect(page.get_by_role("row", name="Full Name")).to_contain_text(
        "Zoë Müller 0", timeout=READ
    )
    await page.get_by_label("Read as").select_option("utf-8")
    await expect(page.locator("#reread")).to_have_text(
        "Choose the file again, and it is read this way."
    )


async def test_a_file_is_read_again_with_another_delimiter(visitor: Visitor) -> None:
    page = visitor.page
    lines = ["Email;Name, Firma", "zoe@a.example;Müller, Acme", "ada@a.example;Lovelace, Engines"]
    await visitor.open("/fill")
    await page.get_by_label("Read as").select_option("macintosh")
    file = _file("\n".join(lines).encode("mac_roman"), "people.csv")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await expect(page.locator("#file-card")).to_contain_text("divided by semicolon", timeout=READ)
    await page.get_by_label("Divided by").select_option(",")
    await expect(page.locator("#file-card")).to_contain_text("divided by comma", timeout=READ)
    await expect(page.get_by_role("row", name="Firma")).to_contain_text("Acme")
    # The encoding that was chosen before still holds.
    await expect(page.get_by_label("Read as")).to_contain_text("Mac Roman, as found")
    await expect(page.locator(".first-rows")).to_contain_text("Müller")
    # Another file is read as it is found.
    await page.get_by_label("Another file").set_input_files(_file())
    await expect(page.get_by_label("Read as")).to_contain_text("Windows-1252", timeout=READ)
    await expect(page.locator("#file-card")).to_contain_text("divided by semicolon")


async def test_a_sheet_is_named_and_can_be_changed(visitor: Visitor) -> None:
    page = visitor.page
    people = "".join(row(f"p{number}@b.example", "Ada") for number in range(5))
    others = row("Email", "Name") + row("other@b.example", "Grace")
    book = zipped(xlsx_parts(row("Email", "Name") + people, others, names=("Leads", "More")))
    await visitor.open("/fill")
    await page.get_by_label("File", exact=True).set_input_files(_file(book, "both.xlsx"))
    await expect(page.get_by_label("Sheet")).to_have_value("Leads", timeout=READ)
    await expect(page.locator("#file-card")).to_contain_text("5 rows, 2 columns")
    await page.get_by_label("Sheet").fill("More")
    await page.get_by_label("Sheet").press("Enter")
    await expect(page.locator("#file-card")).to_contain_text("1 row, 2 columns", timeout=READ)
    await expect(page.get_by_label("Sheet")).to_have_value("More")


async def test_the_sample_tells_nobody_until_a_column_is_chosen(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("/fill")
    await page.get_by_role("link", name="Take the sample: 537 members of Congress").click()
    warning = page.get_by_text("No column tells who the people are")
    await expect(warning).to_be_visible(timeout=READ)
    await expect(page.locator("#file-card")).to_contain_text("537 rows, 20 columns")
    await page.get_by_label("bioguide_id goes to").select_option("providerId")
    await expect(warning).to_have_count(0)
    await expect(page.get_by_role("row", name="bioguide_id")).to_contain_text("You chose it")


async def test_a_refused_file_is_told_in_plain_words(visitor: Visitor) -> None:
    page = visitor.page
    visitor.expected.append("400")
    await visitor.open("/fill")
    field = page.get_by_label("File", exact=True)
    await field.set_input_files(_file(b"%PDF-1.7 " + bytes(range(1, 32)) * 500, "photo.csv"))
    problem = page.locator("#file-problem")
    await expect(problem).to_contain_text("The file is a PDF. Send CSV text")
    await expect(problem).to_contain_text("Trace id")
    await visitor.check_accessible()
    # And a good one may follow.
    await field.set_input_files(_file())
    await expect(page.get_by_role("heading", name="Mapping")).to_be_visible(timeout=READ)


async def test_an_upload_can_be_cancelled(visitor: Visitor, api: Api, pool: db.Pool) -> None:
    page = visitor.page
    await visitor.open("/fill")
    async with asyncio.timeout(PATIENCE):
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        slow = {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": 20_000,
        }
        await session.send("Network.emulateNetworkConditions", slow)
        await page.get_by_label("File", exact=True).set_input_files(_file(FILE * 100))
        await expect(page.locator("#reading-far")).to_contain_text("% of")
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator("#reading")).to_be_hidden()
    assert "upload=" not in page.url


async def test_a_double_submit_makes_one_job(visitor: Visitor, api: Api) -> None:
    upload = await api.upload("Email\na@b.example\n")
    page = visitor.page
    await visitor.open(f"/fill?upload={upload['uploadId']}&file=x.csv")
    form = await page.evaluate(
        """() => new URLSearchParams(new FormData(document.getElementById("start"),
            document.getElementById("go-button"))).toString()"""
    )
    twice = """async (body) => {
        const send = () => fetch("/fill", { method: "POST", body: new URLSearchParams(body),
            redirect: "manual" });
        return (await Promise.all([send(), send(), send()])).map((each) => each.type);
    }"""
    assert await page.evaluate(twice, form) == ["opaqueredirect"] * 3
    assert len(data(await api.get("prospecting"))["items"]) == 1
    # The same form with another name is another wish.
    assert await page.evaluate(twice, form.replace("name=x", "name=y")) == ["opaqueredirect"] * 3
    assert len(data(await api.get("prospecting"))["items"]) == 2


async def test_without_script_a_file_is_read_tried_and_started(
    browser: Browser, address: str, pool: db.Pool, api: Api, worker: None
) -> None:
    options: Any = {"java_script_enabled": False, "viewport": {"width": 360, "height": 780}}
    async with visiting(browser, address, pool, api.tenant, **options) as visitor:
        page = visitor.page
        await visitor.open("/fill")
        await page.get_by_label("File", exact=True).set_input_files(_file(name="Größe 1.csv"))
        await page.get_by_role("button", name="Read the file").click()
        await expect(page.get_by_role("heading", name="Größe 1.csv")).to_be_visible()
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Größe 1")
        await page.get_by_label("Notes goes to").select_option("about")
        await page.get_by_role("button", name="Run it").click()
        await expect(page.locator("#go-button")).to_have_text("Add 60 people", timeout=READ)
        await expect(page.get_by_label("Notes goes to")).to_have_value("about")
        # What is refused is told in the page, which holds what was entered.
        await page.get_by_label("Full Name goes to").select_option("about")
        await page.locator("#go-button").click()
        await expect(page.get_by_role("alert")).to_contain_text("about is mapped from")
        await expect(page.get_by_label("Full Name goes to")).to_have_value("about")
        visitor.expected.append("400")
        await page.get_by_label("Full Name goes to").select_option("name")
        await page.locator("#go-button").click()
        await page.wait_for_url("**/jobs/*")
        job = await api.finished(page.url.rpartition("/")[2])
        assert job["counts"]["added"] == 60


async def test_a_hostile_file_does_no_harm_on_a_narrow_screen(
    browser: Browser, address: str, pool: db.Pool, api: Api
) -> None:
    columns = [NASTY + "שלום 🎈", "שם מלא" * 30, "x" * 900, "</select><b>", "Email"]
    cells = ["<script>alert(1)</script>", "🎈" * 200, "y" * 5_000, "", "a@b.example"]
    upload = await api.upload(
        "".join(json.dumps(dict(zip(columns, cells, strict=True))) + "\n" for _ in range(3)),
        "application/x-ndjson",
    )
    name = "<b>&'\"" + "w" * 150
    audience = await api.make_audience(name)
    where = f"/audiences/{audience['id']}/fill?upload={upload['uploadId']}&file={'f' * 250}"
    narrow: Any = {"viewport": {"width": 360, "height": 780}}
    async with visiting(browser, address, pool, api.tenant, **narrow) as visitor:
        answer = await visitor.open(where)
        assert answer.status == 200
        await expect(visitor.page.get_by_role("heading", level=1)).to_have_text(f"Fill {name}")
        assert not await visitor.is_wider_than_the_screen()
        await expect(visitor.page.locator("#go-button")).to_be_in_viewport()
        await visitor.page.get_by_text("The first 3 rows, as read").click()
        assert not await visitor.is_wider_than_the_screen()
        await visitor.check_accessible()
        for source in ("profiles", "search", "saved-search", "lead-list", "post", "combine"):
            await visitor.open(f"/audiences/{audience['id']}/fill?source={source}")
            assert not await visitor.is_wider_than_the_screen()
