"""The same file into two audiences at once, by two workers: each person exists once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.jobs import kept, members, outcomes, slugs, working
from support.service import data

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api


async def test_each_person_exists_once_and_both_audiences_are_full(idle: Api, place: Place) -> None:
    upload = await idle.upload(slugs(2000))
    backwards = await idle.upload("\n".join(["LinkedIn URL", *slugs(2000).split("\n")[:0:-1]]))
    started = [
        await idle.start(type="file_upload", uploadId=source["uploadId"], audienceName=name)
        for name, source in (("One", upload), ("Two", upload), ("Back", backwards))
    ]
    async with working(place.dsn, batch=150), working(place.dsn, batch=100):
        jobs = await asyncio.gather(*(idle.finished(job["jobId"]) for job in started))
    for job in jobs:
        assert job["status"] == "completed"
        assert job["counts"]["added"] == job["counts"]["rows"] == 2000
        assert await outcomes(idle, job) == ["added"] * 2000
        assert data(await idle.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 2000
    assert (await kept(place.pool, idle))["prospects"] == 2000
    one, two, back = [[person["id"] for person in await members(idle, job)] for job in jobs]
    assert one == two == back[::-1]
    assert len(set(one)) == 2000


async def test_two_jobs_that_fill_the_same_people_lose_nothing(idle: Api, place: Place) -> None:
    """Each file knows one column of everybody; both are kept, whoever comes first."""
    jobs = []
    for column in ("Headline", "Location"):
        rows = "".join(f"p{number}@b.example,{column} {number}\n" for number in range(600))
        upload = await idle.upload(f"Email,{column}\n{rows}")
        jobs.append(
            await idle.start(type="file_upload", uploadId=upload["uploadId"], audienceName=column)
        )
    async with working(place.dsn, batch=30), working(place.dsn, batch=40):
        done = await asyncio.gather(*(idle.finished(job["jobId"]) for job in jobs))
    people = await members(idle, done[0])
    assert len(people) == 600
    for person in people:
        number = person["email"].partition("@")[0][1:]
        assert person["headline"] == f"Headline {number}"
        assert person["location"] == f"Location {number}"
