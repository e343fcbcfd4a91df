"""POST /prospecting with `url_upload`: pasted profile URLs become people known by their URL alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import members, outcomes
from support.service import data

if TYPE_CHECKING:
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")


async def paste(api: Api, *urls: str, **target: Any) -> Any:
    started = await api.start(
        type="url_upload", urls=urls, **(target or {"audienceName": "Pasted"})
    )
    return await api.finished(started["jobId"])


async def test_urls_become_prospects(api: Api) -> None:
    token = "AAA" + "a1_-" * 8 + "Zz"
    job = await paste(
        api,
        "https://de.linkedin.com/in/Jane-Doe?x=1",
        f"https://www.linkedin.com/sales/lead/ACwAA{token[:34]}",
    )
    assert job["status"] == "completed"
    assert job["sourceType"] == "url_upload"
    jane, lead = await members(api, job)
    assert jane["linkedinUrl"] == "https://www.linkedin.com/in/jane-doe"
    assert jane["publicIdentifier"] == "jane-doe"
    assert lead["linkedinUrl"] == f"https://www.linkedin.com/sales/lead/ACwAA{token[:34]}"
    assert lead["publicIdentifier"] is None
    assert {jane["name"], jane["email"], lead["name"]} == {None}
    assert jane["attributes"] == {}
    assert data(await api.get(f"audiences/{job['audienceId']}"))["type"] == "url_upload"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "nothing"),
        ("   ", "nothing"),
        ("https://www.linkedin.com/company/acme", "company"),
        ("https://lnkd.in/abc", "short link"),
        ("https://example.com/in/jo", "linkedin.com"),
        ("jo@b.example", "web address"),
        ("linkedin.com/in/a\u0000b", "character"),
        ("x" * 16_384, ""),
    ],
)
async def test_a_refused_url_is_an_invalid_row_with_the_reason(
    api: Api, url: str, word: str
) -> None:
    job = await paste(api, url, "linkedin.com/in/jo")
    assert job["status"] == "completed"
    bad, good = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert (bad["outcome"], good["outcome"]) == ("invalid", "added")
    assert bad["input"] == {"url": url}
    assert word in bad["reason"].lower()
    assert bad["prospectId"] is None


async def test_one_person_twice_is_a_duplicate_and_later_a_member(api: Api) -> None:
    urls = ("linkedin.com/in/jo", "https://www.linkedin.com/in/JO/", "linkedin.com/in/flo")
    job = await paste(api, *urls)
    assert await outcomes(api, job) == ["added", "duplicate", "added"]
    again = await paste(api, *urls, audienceId=job["audienceId"])
    assert await outcomes(api, again) == ["alreadyMember", "duplicate", "alreadyMember"]


async def test_a_thousand_urls(api: Api) -> None:
    job = await paste(api, *(f"linkedin.com/in/person-{number}" for number in range(1000)))
    assert (job["counts"]["rows"], job["counts"]["added"]) == (1000, 1000)
    assert len(await members(api, job)) == 1000


async def test_a_person_known_from_a_file_is_found_by_the_url(api: Api) -> None:
    file = await api.import_file("LinkedIn URL,Headline\nlinkedin.com/in/jo,CTO\n", "File")
    job = await paste(api, "linkedin.com/in/jo")
    assert (await members(api, job))[0]["id"] == (await members(api, file))[0]["id"]
