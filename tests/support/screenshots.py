"""Pictures of the console for the documents: `make screenshots` writes them into docs/images."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from support.cli import environ, run, serving
from support.console import open_browser
from support.rules import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.async_api import Page

IMAGES = ROOT / "docs" / "images"
SAMPLE = ROOT / "examples" / "us-legislators.csv"
# Name, viewport, theme.
LOOKS = (
    ("", {"width": 1440, "height": 860}, "light"),
    ("-dark", {"width": 1440, "height": 860}, "dark"),
    ("-narrow", {"width": 360, "height": 780}, "light"),
)
_MAX_SIZE = 200_000
# Rows that are refused, as people's own files have them.
_REFUSED = (
    {"full_name": "Committee staff", "bioguide_id": ""},
    {"full_name": "", "bioguide_id": ""},
    {"full_name": "n/a", "bioguide_id": "-"},
)

_FILE = "us-legislators-2026.csv"
_KEYS = {
    "CRM sync": ["audiences:read", "prospects:read"],
    "Nightly import": [
        "audiences:read",
        "audiences:write",
        "prospecting:read",
        "prospecting:write",
    ],
}

Row = dict[str, str]


class Sample:
    """A service's account group, filled over its API by a signed-in browser's session."""

    def __init__(self, url: str, link: str) -> None:
        self.client = httpx.Client(
            base_url=url, headers={"sec-fetch-site": "same-origin"}, timeout=60
        )
        self.client.get(link)
        (group,) = self.client.get("/v1/accounts").json()["data"]["items"]
        self.base = f"/v1/accounts/{group['id']}"

    def post(self, path: str, **body: object) -> Any:
        answer = self.client.post(f"{self.base}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def get(self, path: str) -> Any:
        return self.client.get(f"{self.base}/{path}").json()["data"]

    def upload(self, rows: list[Row], name: str) -> str:
        """The id of an upload of these rows, as a file of that name."""
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        content, headers = text.getvalue().encode(), {"content-type": "text/csv"}
        answer = self.client.post(
            f"{self.base}/uploads", params={"name": name}, content=content, headers=headers
        )
        return answer.json()["data"]["uploadId"]

    def fill(self, rows: list[Row], file: str, **target: str) -> Any:
        """A job on a file of that name, after its end."""
        columns = {
            "full_name": "name",
            "first_name": "firstName",
            "last_name": "lastName",
            "bioguide_id": "providerId",
            "title": "title",
            "chamber": "company.name",
            "state": "location",
        }
        upload = self.upload(rows, file)
        job = self.post(
            "prospecting", type="file_upload", uploadId=upload, columns=columns, **target
        )
        while (found := self.get(f"prospecting/{job['jobId']}"))["status"] in ("queued", "running"):
            time.sleep(0.1)
        return found


def _paths(sample: Sample) -> dict[str, str]:
    """Fills the account group; the address of each picture's page."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    congress = sample.post("audiences/folders", name="Congress", audienceType="on_demand")
    states = sample.post("audiences/folders", name="By state", audienceType="on_demand")
    sample.client.patch(
        f"{sample.base}/audiences/folders/{congress['id']}", json={"isPinned": True}
    )

    def where(column: str, value: str) -> list[Row]:
        return [each for each in rows if each[column] == value]

    folder = {"folderId": congress["id"]}
    everybody = sample.fill(rows, "us-legislators.csv", audienceName="US Congress", **folder)
    for chamber in ("Senate", "House"):
        file = f"{chamber.lower()}-119.csv"
        sample.fill(where("chamber", chamber), file, audienceName=chamber, **folder)
    for code, name in (("CA", "California"), ("TX", "Texas"), ("NY", "New York")):
        file = f"delegation-{code.lower()}.csv"
        sample.fill(where("state", code), file, audienceName=name, folderId=states["id"])
    sample.fill(where("party", "Independent"), "independents.csv", audienceName="Independents")
    refused = [{**dict.fromkeys(rows[0], ""), **each} for each in _REFUSED]
    visitors = sample.fill(rows[20:60], "badges.csv", audienceName="Met at the policy forum")
    guests = [*rows[40:300], *refused, *rows[50:66]]
    mixed = sample.fill(guests, "guests-of-the-forum.csv", audienceId=visitors["audienceId"])
    for name, permissions in _KEYS.items():
        sample.post("keys", name=name, permissions=permissions)
    audience = f"/audiences/{everybody['audienceId']}"
    upload = sample.upload([*rows, *refused], _FILE)
    (first, *_) = sample.get(f"{audience[1:]}/prospects?limit=1")["items"]
    return {
        "home": "/",
        "audience": audience,
        "person": f"{audience}?person={first['id']}",
        "fill": f"/fill?source=file&upload={upload}&file={_FILE}&to.0=providerId",
        "keys": "/keys",
        "settings": "/settings",
        "jobs": "/jobs",
        "job": f"/jobs/{mixed['jobId']}",
        "reference": "/docs#getAudience",
    }


async def _take(url: str, paths: Mapping[str, str], link: Callable[[], str]) -> None:
    async with open_browser() as browser:
        for suffix, viewport, theme in LOOKS:
            context = await browser.new_context(
                viewport=viewport, color_scheme=theme, reduced_motion="reduce"
            )
            page = await context.new_page()
            await page.goto(url + link())
            for name, path in paths.items():
                await _picture(page, url + path, IMAGES / f"{name}{suffix}.png")
            await context.close()


async def _picture(page: Page, address: str, target: Path) -> None:
    # Away first: an address that differs by its fragment alone would load nothing.
    await page.goto("about:blank")
    answer = await page.goto(address)
    assert answer is not None
    assert answer.ok, f"{address}: {answer.status}"
    picture = await page.screenshot(path=target, animations="disabled", caret="hide")
    assert len(picture) < _MAX_SIZE, f"{target.name} has {len(picture):,} bytes"


def write() -> None:
    """Takes all of them anew, from a service of its own that is gone afterwards."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="houselist-pictures-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        env = environ(data_dir=str(folder / "data"), rate_limit="off")
        with serving(folder, env) as service:

            def link() -> str:
                told = run("keys", "link", "--url", service.url, "--json", env=env).expect(0)
                return told.json["url"].removeprefix(service.url)

            paths = _paths(Sample(service.url, link()))
            asyncio.run(_take(service.url, paths, link))
            service.stop()


if __name__ == "__main__":
    write()
