"""POST /prospecting for sources that a provider is asked for: every refusal leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from houselist.linkedin import REASONS
from support.credits import give
from support.jobs import Place, kept
from support.provided import SEARCH, connect
from support.service import Api, data, error, problems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CORPUS = Path(__file__).parents[1] / "linkedin" / "linkedin-urls.tsv"
ESCAPES = {r"\n": "\n", r"\ufeff": "\ufeff", r"\u200b": "\u200b"}
NO_SUCH_ID = "0123456789abcdef01234567"
POST = "https://www.linkedin.com/feed/update/urn:li:activity:7100000000000000001/"
LIST = "https://www.linkedin.com/sales/lists/people/7100000000000000001"
SAVED = "https://www.linkedin.com/sales/search/people?savedSearchId=7100000000000000001"
# What starts a job of each type.
BODIES: list[dict[str, Any]] = [
    {"type": "linkedin_search", "searchUrl": f"{SEARCH}cto"},
    {"type": "sales_navigator", "savedSearchId": "501"},
    {"type": "sales_navigator", "leadListId": "901"},
    {"type": "post_commenters", "postUrl": POST},
]
TYPES = {body["type"]: body for body in BODIES}


def refusals() -> list[tuple[str, str, str]]:
    """The rows of the corpus that refuse a search or a post: field, address, reason."""
    found = []
    for line in CORPUS.read_text("utf-8").split("\n")[1:]:
        field, _, rest = line.partition("\t")
        text, _, expected = rest.rpartition("\t")
        if field in ("search", "post") and expected.startswith("x:"):
            for escape, char in ESCAPES.items():
                text = text.replace(escape, char)
            found.append((f"{field}Url", text, expected.removeprefix("x:")))
    return found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://www.linkedin.com/vsearch/p?keywords=cto&f_CC=1441", "old form"),
        ("https://www.linkedin.com/search/results/people/?facetCurrentCompany=1441", "old form"),
        ("https://www.linkedin.com/sales/search/people#keywords=cto&titleIncluded=CEO", "old form"),
        ("https://www.linkedin.com/sales/search?facet=G&facet.G=us%3A0", "old form"),
        ("https://www.linkedin.com/company/acme/people/?keywords=cto", "company's page"),
        ("https://www.linkedin.com/company/1441/people/", "company's page"),
    ],
)
async def test_an_address_that_linkedin_may_heed_in_part_is_refused(
    place: Place, api: Api, url: str, words: str
) -> None:
    """Where it goes to LinkedIn as it is. The directory reads such addresses by itself."""
    body = {"type": "linkedin_search", "searchUrl": url, "audienceName": "Found"}
    found = await refused(place, api, body, 422)
    assert list(found) == ["searchUrl"]
    assert words in found["searchUrl"]


@pytest.fixture
async def api(place: Place, idle: Api) -> AsyncIterator[Api]:
    """A client whose account group has a provider, and credits that count."""
    fake: Any = SimpleNamespace(url="https://api.example.com")
    await connect(place.pool, idle, fake)
    await give(place.pool, idle, 1000)
    return idle


async def left(place: Place, api: Api) -> dict[str, int]:
    """All that a job could have left behind, its place in the queue too."""
    queued = await place.pool.fetchval(
        "SELECT count(*) FROM pgqueuer WHERE convert_from(payload, 'utf8') LIKE $1 || '/%'",
        api.tenant.account_group_id,
    )
    balance = await place.pool.fetchval(
        "SELECT sum(credits) FROM account_plans WHERE account_group_id = $1",
        bytes.fromhex(api.tenant.account_group_id),
    )
    return {**await kept(place.pool, api), "queued": queued, "credits": int(balance or 0)}


async def refused(place: Place, api: Api, body: dict[str, Any], status: int = 400) -> Any:
    """The problems of a body that is refused, after a look that it left nothing."""
    before = await left(place, api)
    found = problems(await api.post("prospecting", json=body), status)
    assert await left(place, api) == before
    return found


@pytest.mark.parametrize("body", BODIES, ids=lambda body: list(body)[1])
async def test_what_is_well_formed_starts(place: Place, api: Api, body: dict[str, Any]) -> None:
    before = await left(place, api)
    started = await api.start(**body, audienceName="New", maxResults=10)
    assert started["status"] == "queued"
    after = await left(place, api)
    grown = {name for name, count in after.items() if count != before[name]}
    assert grown == {
        "audiences",
        "uploads",
        "prospecting_jobs",
        "queued",
        "credit_entries",
        "credits",
    }
    job = data(await api.get(f"prospecting/{started['jobId']}"))
    assert job["sourceType"] == body["type"]


@pytest.mark.parametrize(("field", "url", "reason"), refusals())
async def test_every_refusal_of_the_corpus_names_the_field_and_the_reason_in_words(
    place: Place, api: Api, *, field: str, url: str, reason: str
) -> None:
    type_ = "linkedin_search" if field == "searchUrl" else "post_commenters"
    found = await refused(place, api, {"type": type_, "audienceName": "New", field: url})
    assert list(found) == [field]
    words, _, kind = reason.partition(":")
    if words == "empty" and not url:
        assert "1" in found[field]
    else:
        assert REASONS[words].format(kind=kind) in found[field]
        assert reason in found[field]


def test_the_corpus_has_such_rows() -> None:
    assert {field for field, _, _ in refusals()} == {"searchUrl", "postUrl"}
    assert len(refusals()) >= 9


@pytest.mark.parametrize(
    ("url", "field", "id_"),
    [(LIST, "leadListId", LIST.rpartition("/")[2]), (SAVED, "savedSearchId", SAVED[-19:])],
)
async def test_the_address_of_a_list_or_saved_search_is_told_where_it_goes(
    place: Place, api: Api, url: str, field: str, id_: str
) -> None:
    body = {"type": "linkedin_search", "searchUrl": url, "audienceName": "New"}
    words = (await refused(place, api, body))["searchUrl"]
    assert "sales_navigator" in words
    assert f"{field} {id_}" in words


@pytest.mark.parametrize(
    ("body", "path"),
    [
        # Addresses of something else than the type reads.
        ({"type": "linkedin_search", "searchUrl": POST}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": "https://www.linkedin.com/in/x"}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": "https://x.example/?a=b"}, "searchUrl"),
        ({"type": "post_commenters", "postUrl": f"{SEARCH}cto"}, "postUrl"),
        ({"type": "post_commenters", "postUrl": "https://www.linkedin.com/in/x"}, "postUrl"),
        # Fields of another type, or not those of this one.
        ({"type": "linkedin_search"}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": None}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": ""}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": 5}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": ["x"]}, "searchUrl"),
        ({"type": "linkedin_search", "searchUrl": f"{SEARCH}{'x' * 20_000}"}, "searchUrl"),
        ({"type": "post_commenters"}, "postUrl"),
        ({"type": "post_commenters", "postUrl": {}}, "postUrl"),
        ({"type": "sales_navigator"}, "savedSearchId"),
        ({"type": "sales_navigator", "savedSearchId": "1", "leadListId": "2"}, "savedSearchId"),
        ({"type": "sales_navigator", "searchUrl": SAVED}, "searchUrl"),
        ({"type": "sales_navigator", "savedSearchId": "5", "searchUrl": SAVED}, "searchUrl"),
        ({**TYPES["linkedin_search"], "savedSearchId": "5"}, "savedSearchId"),
        ({**TYPES["linkedin_search"], "urls": ["https://www.linkedin.com/in/x"]}, "urls"),
        ({**TYPES["linkedin_search"], "columns": {"Name": "name"}}, "columns"),
        ({**TYPES["post_commenters"], "uploadId": NO_SUCH_ID}, "uploadId"),
        ({**TYPES["post_commenters"], "leadListId": "5"}, "leadListId"),
        # Types that do not exist.
        ({"type": "LINKEDIN_SEARCH", "searchUrl": f"{SEARCH}cto"}, "type"),
        ({"type": "unipile", "searchUrl": f"{SEARCH}cto"}, "type"),
        ({"type": "", "searchUrl": f"{SEARCH}cto"}, "type"),
        ({"searchUrl": f"{SEARCH}cto"}, "type"),
        ({**TYPES["linkedin_search"], "provider": "unipile"}, "provider"),
        # Lists of addresses that are none, or too many.
        ({"type": "url_upload", "urls": []}, "urls"),
        ({"type": "url_upload", "urls": ["linkedin.com/in/x"] * 1001}, "urls"),
        ({"type": "url_upload", "urls": {"0": "linkedin.com/in/x"}}, "urls"),
    ],
)
async def test_fields_that_do_not_go_together_are_refused_by_name(
    place: Place, api: Api, body: dict[str, Any], path: str
) -> None:
    found = await refused(place, api, {"audienceName": "New", **body})
    assert path in found, found


@pytest.mark.parametrize("field", ["savedSearchId", "leadListId"])
@pytest.mark.parametrize(
    "id_",
    [
        "",
        "abc",
        "-5",
        "1.5",
        "5 ",
        "\u0665",
        "5\n",
        "1" * 21,
        "0",
        "000",
        "07",
        5,
        5.0,
        True,
        [],
        {},
    ],
)
async def test_an_id_that_is_no_digits_is_refused(
    place: Place, api: Api, field: str, id_: Any
) -> None:
    body = {"type": "sales_navigator", "audienceName": "New", field: id_}
    found = await refused(place, api, body)
    assert list(found) == [field]
    assert "digits" in found[field] or "str" in found[field]


@pytest.mark.parametrize(
    "most", [0, -1, 1.5, 1e300, "10", "", True, [], 1_000_000_001, 2**63, 10**40]
)
async def test_a_max_results_that_cannot_be_is_refused(place: Place, api: Api, most: Any) -> None:
    for body in BODIES:
        found = await refused(place, api, {**body, "audienceName": "New", "maxResults": most})
        assert list(found) == ["maxResults"]


@pytest.mark.parametrize("value", ["yes", 1, "true", []])
async def test_search_emails_is_yes_or_no(place: Place, api: Api, value: Any) -> None:
    body = {**BODIES[0], "audienceName": "New", "searchEmails": value}
    assert list(await refused(place, api, body)) == ["searchEmails"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: list(body)[1])
async def test_it_wants_one_audience_old_or_new(
    place: Place, api: Api, body: dict[str, Any]
) -> None:
    audience = await api.make_audience()
    for target in (
        {},
        {"audienceId": None, "audienceName": None},
        {"audienceId": audience["id"], "audienceName": "New"},
    ):
        found = await refused(place, api, {**body, **target})
        assert "exactly one" in found["audienceId"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\u0000b", "a\nb", 5, []])
async def test_a_name_that_cannot_be_is_refused(place: Place, api: Api, name: Any) -> None:
    assert list(await refused(place, api, {**BODIES[0], "audienceName": name})) == ["audienceName"]


async def test_all_problems_are_named_at_once(place: Place, api: Api) -> None:
    body = {"type": "linkedin_search", "searchUrl": POST, "postUrl": POST, "leadListId": "5"}
    found = await refused(place, api, body)
    assert set(found) == {"audienceId", "searchUrl", "postUrl", "leadListId"}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: list(body)[1])
async def test_what_is_another_account_groups_is_404(
    place: Place, api: Api, body: dict[str, Any]
) -> None:
    async with place.api() as stranger:
        their_audience = await stranger.make_audience()
        their_folder = await stranger.make_folder()
        before = await left(place, api), await left(place, stranger)
        for target in (
            {"audienceId": NO_SUCH_ID},
            {"audienceId": their_audience["id"]},
            {"audienceName": "New", "folderId": NO_SUCH_ID},
            {"audienceName": "New", "folderId": their_folder["id"]},
        ):
            error(await api.post("prospecting", json={**body, **target}), 404, "NOT_FOUND")
        path = f"http://houselist/v1/accounts/{api.tenant.account_group_id}/prospecting"
        response = await stranger.post(path, json={**body, "audienceName": "New"})
        error(response, 404, "NOT_FOUND")
        assert (await left(place, api), await left(place, stranger)) == before


async def test_a_taken_name_and_a_busy_audience_are_conflicts(place: Place, api: Api) -> None:
    first = await api.start(**BODIES[0], audienceName="Buyers", maxResults=10)
    before = await left(place, api)
    for body in BODIES:
        response = await api.post("prospecting", json={**body, "audienceName": "BUYERS "})
        error(response, 409, "CONFLICT")
        response = await api.post("prospecting", json={**body, "audienceId": first["audienceId"]})
        error(response, 409, "AUDIENCE_NOT_READY")
        assert int(response.headers["retry-after"]) >= 1
    assert await left(place, api) == before


async def test_a_folder_of_the_other_type_is_impossible(place: Place, api: Api) -> None:
    folder = await api.make_folder("Watched", "monitoring")
    for body in BODIES:
        target = {"audienceName": "New", "folderId": folder["id"]}
        assert "folderId" in await refused(place, api, {**body, **target}, 422)


@pytest.mark.parametrize("more", [{"maxResults": 1001}, {"maxResults": 501, "searchEmails": True}])
async def test_a_job_that_could_cost_more_than_is_left_is_not_started(
    place: Place, api: Api, more: dict[str, Any]
) -> None:
    before = await left(place, api)
    for body in BODIES:
        response = await api.post("prospecting", json={**body, "audienceName": "New", **more})
        error(response, 402, "INSUFFICIENT_CREDITS")
    assert await left(place, api) == before


@pytest.mark.parametrize("body", BODIES, ids=lambda body: list(body)[1])
async def test_without_a_provider_it_is_refused(
    place: Place, idle: Api, body: dict[str, Any]
) -> None:
    before = await left(place, idle)
    named = {**body, "audienceName": "New"}
    refusal = error(await idle.post("prospecting", json=named), 409, "PROVIDER_NOT_CONNECTED")
    assert "providers connect" in refusal["details"]
    assert "directory load" in refusal["details"]
    # What is malformed is told first, and then what is not there.
    assert "audienceId" in await refused(place, idle, body)
    for missing in ({"audienceId": "0" * 24}, {"audienceName": "New", "folderId": "0" * 24}):
        error(await idle.post("prospecting", json={**body, **missing}), 404, "NOT_FOUND")
    assert await left(place, idle) == before
