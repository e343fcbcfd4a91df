"""post_commenters: everybody who commented on a post or replied there, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes.unipile.world import Discussion
from support.jobs import members
from support.provided import connect, provided
from support.service import error

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api

NUMBER = "7100000000000000005"
POST = "https://www.linkedin.com/feed/update/urn:li:{}:" + NUMBER


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("kind", ["activity", "ugcPost", "share"])
async def test_commenters_and_who_replied_join_once_and_companies_do_not(
    idle: Api, place: Place, fake: FakeUnipile, version: str, kind: str
) -> None:
    post = NUMBER if kind == "activity" else f"{kind}:{NUMBER}"
    fake.world.posts[post] = Discussion(10, replies=3, company=4)
    await connect(place.pool, idle, fake, version=version)
    async with provided(place.dsn):
        job = await idle.start(
            type="post_commenters", postUrl=POST.format(kind), audienceName="Talk"
        )
        job = await idle.finished(job["jobId"])
    comments = fake.world.comments(post)
    authors = [
        author
        for each in comments
        for author in (each.author, *(r.author for r in each.replies))
        if author is not None
    ]
    assert job["status"] == "completed", job
    assert job["counts"]["rows"] == len(authors)
    assert job["counts"]["added"] == len(set(authors))
    assert job["counts"]["duplicate"] == len(authors) - len(set(authors))
    assert len(await members(idle, job)) == len(set(authors))


async def test_a_post_nobody_commented_on(idle: Api, place: Place, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        job = await idle.start(
            type="post_commenters",
            postUrl="urn:li:ugcPost:7100000000000000002",
            audienceName="Talk",
        )
        job = await idle.finished(job["jobId"])
    assert (job["status"], job["counts"]["rows"]) == ("completed", 0)


async def test_a_post_that_is_gone(idle: Api, place: Place, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    async with provided(place.dsn):
        job = await idle.start(
            type="post_commenters",
            postUrl="urn:li:activity:7199999999999999999",
            audienceName="Talk",
        )
        job = await idle.finished(job["jobId"])
    assert job["error"]["code"] == "SOURCE_NOT_FOUND"
    error(await idle.get(f"audiences/{job['audienceId']}"), 404, "NOT_FOUND")
