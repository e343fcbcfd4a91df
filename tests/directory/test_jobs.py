"""Jobs over the directory: everything works on day one, without a contract with anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from houselist.directory import sources_store as sources
from houselist.postgres import db
from houselist.texts import Name
from support.directory import CLASSIC, SALES, stock
from support.jobs import members, outcomes
from support.service import data, error

if TYPE_CHECKING:
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "us-legislators.csv"
PEOPLE = """\
LinkedIn URL,Name,Title,Company,Location,Headline,About,Email
https://www.linkedin.com/in/ada,Ada,CTO,Acme,Berlin,I build,All about Ada,ada@example.com
https://www.linkedin.com/in/bob,Bob,CTO,Beta,Paris,I break,,bob@example.com
,Cyd,CTO,Gamma,Berlin,,,cyd@example.com
"""


def group_of(api: Api) -> bytes:
    return bytes.fromhex(api.tenant.account_group_id)


async def run(api: Api, **job: Any) -> Any:
    started = await api.start(**job)
    return await api.finished(started["jobId"])


async def test_the_example_is_searched_like_linkedin(api: Api, pool: db.Pool) -> None:
    loaded = await stock(
        pool, group_of(api), EXAMPLE.read_text("utf-8"), mapping={"bioguide_id": "providerId"}
    )
    assert (loaded.counts["added"], loaded.refused) == (537, 0)
    url = f"{CLASSIC}?keywords=senator%20NOT%20(VT%20OR%20ME)&origin=GLOBAL_SEARCH_HEADER"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="Senators")
    assert (job["status"], job["error"]) == ("completed", None)
    assert job["counts"]["added"] == job["counts"]["rows"] == 96
    people = await members(api, job)
    assert {person["title"].partition(" for ")[0] for person in people} == {"Senator"}
    assert all(person["providerId"] and person["name"] for person in people)


async def test_a_job_says_what_it_could_not_heed(api: Api, pool: db.Pool) -> None:
    await stock(pool, group_of(api), PEOPLE)
    url = f"{CLASSIC}?title=cto&location=berlin&schoolFilter=17"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="Berlin")
    assert (job["status"], job["counts"]["added"]) == ("completed", 2)
    details = job["stages"]["import"]["details"]
    assert "The directory cannot use the filter schoolFilter (17)." in details


async def test_a_search_of_which_nothing_is_left_fails_in_words(api: Api, pool: db.Pool) -> None:
    await stock(pool, group_of(api), PEOPLE)
    job = await run(
        api, type="linkedin_search", searchUrl=f"{CLASSIC}?schoolFilter=17", audienceName="None"
    )
    assert (job["status"], job["counts"]["rows"]) == ("failed", 0)
    assert "schoolFilter (17)" in job["error"]["message"]
    names = [f"filter{number}" for number in range(60)]
    url = f"{CLASSIC}?{'&'.join(f'{name}=1' for name in names)}"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="Nothing")
    assert job["status"] == "failed"
    assert [name for name in names if f"{name} (1)" not in job["error"]["message"]] == []


async def test_the_right_people_are_found_and_what_was_not_heeded_is_named(
    api: Api, pool: db.Pool
) -> None:
    await stock(pool, group_of(api), PEOPLE)
    filters = (
        "(type:TITLE,values:List((text:Intern)),selectedSubFilter:PAST_NOT_CURRENT)"
        ",(type:REGION,values:List((id:101282230,text:Germany),(id:5,text:Berlin)))"
        ",(type:ACCOUNT_LIST,values:List((id:urn%3Ali%3AsalesList%3A7,text:My%20accounts)))"
    )
    keywords = quote('title:(cto OR "vice president") NOT company:gamma')
    url = f"{SALES}#query=(keywords:{keywords},filters:List({filters}))&sessionId=x"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="Right")
    assert [person["name"] for person in await members(api, job)] == ["Ada"]
    assert job["stages"]["import"]["details"] == (
        "The directory cannot use the filter TITLE (Intern)."
        " The directory knows only what people do now."
        " The directory cannot use the filter ACCOUNT_LIST (My accounts)."
    )


async def test_a_search_that_would_find_everybody_or_nobody_fails_in_words(
    api: Api, pool: db.Pool
) -> None:
    await stock(pool, group_of(api), PEOPLE)
    seniority = "(type:SENIORITY_LEVEL,values:List((id:310,text:CXO)))"
    excluded = "(type:CURRENT_TITLE,values:List((text:intern,selectionType:EXCLUDED)))"
    url = f"{SALES}?query=(filters:List({seniority},{excluded}))"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="Everybody")
    assert (job["status"], job["error"]["code"]) == ("failed", "SOURCE_REFUSED")
    assert "nearly everybody" in job["error"]["message"]
    assert "SENIORITY_LEVEL (CXO)" in job["error"]["message"]
    url = f"{CLASSIC}?title=cto&currentCompany=[77]"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="Nobody")
    assert (job["status"], job["error"]["code"]) == ("failed", "SOURCE_REFUSED")
    assert job["error"]["message"] == (
        "The directory cannot use the filter currentCompany (77): nobody in it has a company with"
        " its LinkedIn id or address."
    )
    excluded = "(type:RELATIONSHIP,values:List((id:F,text:1st,selectionType:EXCLUDED)))"
    url = f"{SALES}?query=(keywords:cto,filters:List({excluded}))"
    job = await run(api, type="linkedin_search", searchUrl=url, audienceName="All")
    assert (job["status"], job["counts"]["added"]) == ("completed", 3)
    assert job["stages"]["import"]["details"] == (
        "The directory cannot use the filter RELATIONSHIP (1st): nobody in it has a distance on"
        " LinkedIn."
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"{CLASSIC}?facetNetwork=%5B%5D&searchId=5", "empty_search"),
        (f"{SALES}?query=(spellCorrectionEnabled:true,filters:List())", "empty_search"),
        (f"{SALES}?recentSearchId=5", "recent_search"),
        (f"{CLASSIC}?currentCompany=%5B%220%22%5D", "bad_id"),
        (f"{CLASSIC}?keywords=cto&origin=X see also", "text_behind"),
    ],
)
async def test_what_is_no_search_is_refused_at_the_start(
    api: Api, pool: db.Pool, url: str, reason: str
) -> None:
    await stock(pool, group_of(api), PEOPLE)
    body = {"type": "linkedin_search", "searchUrl": url, "audienceName": "X"}
    refused = error(await api.post("prospecting", json=body), 400, "VALIDATION_ERROR")
    assert [field["path"] for field in refused["fields"]] == ["searchUrl"]
    assert refused["fields"][0]["message"].endswith(f"({reason})")


async def test_lead_lists_and_saved_searches_are_sources_of_sales_navigator(
    api: Api, pool: db.Pool
) -> None:
    await stock(pool, group_of(api), PEOPLE)
    await stock(pool, group_of(api), "Email\nbob@example.com\n", list_name="Bobs")
    async with db.transaction(pool) as connection:
        await sources.save_search(
            connection, group_of(api), Name("Berliners"), f"{SALES}?query=(keywords:berlin)"
        )
    (bobs,) = data(await api.get("sales-navigator/lead-lists"))["items"]
    (berliners,) = data(await api.get("sales-navigator/saved-searches"))["items"]
    assert (bobs["name"], berliners["name"]) == ("Bobs", "Berliners")
    job = await run(api, type="sales_navigator", leadListId=bobs["id"], audienceName="List")
    assert [person["name"] for person in await members(api, job)] == ["Bob"]
    job = await run(
        api, type="sales_navigator", savedSearchId=berliners["id"], audienceName="Saved"
    )
    assert [person["name"] for person in await members(api, job)] == ["Ada", "Cyd"]


async def test_a_person_who_is_found_again_is_known_once(api: Api, pool: db.Pool) -> None:
    first = await api.import_file("Email,providerId,Nick\ncyd@example.com,X7,C\n", "From a file")
    await stock(pool, group_of(api), PEOPLE)
    one = await run(
        api, type="linkedin_search", searchUrl=f"{CLASSIC}?title=cto", audienceName="One"
    )
    await stock(pool, group_of(api), "LinkedIn URL,Email\nlinkedin.com/in/cyd,cyd@example.com\n")
    two = await run(
        api, type="linkedin_search", searchUrl=f"{CLASSIC}?title=cto", audienceName="Two"
    )
    (cyd,) = await members(api, first)
    assert cyd["name"] == "Cyd"
    assert (cyd["publicIdentifier"], cyd["providerId"]) == ("cyd", "X7")
    for job in (one, two):
        assert await outcomes(api, job) == ["added"] * 3
        assert (await members(api, job))[2]["id"] == cyd["id"]


async def test_profiles_are_looked_up_in_it(api: Api, pool: db.Pool) -> None:
    await stock(pool, group_of(api), PEOPLE)
    urls = ["https://www.linkedin.com/in/ada", "https://www.linkedin.com/in/nobody"]
    job = await run(api, type="url_upload", urls=urls, audienceName="Looked up")
    assert job["status"] == "completed"
    ada, nobody = await members(api, job)
    assert (ada["headline"], ada["about"], ada["title"]) == ("I build", "All about Ada", "CTO")
    assert ada["company"]["name"] == "Acme"
    assert nobody["headline"] is None


async def test_posts_are_not_in_it(api: Api, pool: db.Pool) -> None:
    await stock(pool, group_of(api), PEOPLE)
    url = "https://www.linkedin.com/feed/update/urn:li:activity:7330000000000000001"
    body = {"type": "post_commenters", "postUrl": url, "audienceName": "Commenters"}
    refused = error(await api.post("prospecting", json=body), 409, "PROVIDER_NOT_CONNECTED")
    assert "has no comments on posts" in refused["details"]
    assert refused["message"] == "The provider can't be asked for this."
    assert data(await api.get("audiences"))["items"] == []


async def test_an_empty_directory_is_no_provider(api: Api) -> None:
    body = {"type": "linkedin_search", "searchUrl": f"{CLASSIC}?title=cto", "audienceName": "X"}
    error(await api.post("prospecting", json=body), 409, "PROVIDER_NOT_CONNECTED")
