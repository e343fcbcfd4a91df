"""Jobs, bulk calls, edits, merges and undos of the same people at once: what must hold afterwards.

A count is the members; what happened to an audience comes to who is in it; the history of a person's
values comes to the values; and each identity is one person's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from support.jobs import csv, working
from support.members import assert_replays, ids
from support.service import data

if TYPE_CHECKING:
    import random

    from support.service import Api
    from support.survival import House

TURNS = 10
PEOPLE = 40
HEADER = "publicIdentifier,linkedinUrl,email,title,location,Team"
# What a call may come to where others change the same people meanwhile.
REFUSED = {404, 409, 422}


def sales(n: int) -> str:
    return "https://www.linkedin.com/sales/lead/ACwAA" + f"{n:034x}"


class Crowd:
    """Everybody who works on the same people."""

    def __init__(self, api: Api, chance: random.Random, audiences: list[str]) -> None:
        self._api = api
        self._chance = chance
        self._audiences = audiences
        self.jobs: list[str] = []

    def _row(self) -> str:
        """Somebody by one or two identities, which may show that two people are one."""
        n = self._chance.randrange(PEOPLE)
        slug, url = self._chance.choice(
            [(f"p{n}", ""), ("", sales(n)), (f"p{n}", sales(n)), ("", "")]
        )
        turn = self._chance.randrange(1_000)
        return f"{slug},{url},p{n}@b.example,T{turn},L{turn % 7},{turn % 3}"

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        response = await self._api.request(method, path, json=body)
        assert response.is_success or response.status_code in REFUSED, response.text
        return response.json()["data"]

    async def imports(self) -> None:
        for turn in range(TURNS):
            rows = [self._row() for _ in range(8)]
            upload = await self._api.upload(csv(HEADER, *rows))
            started = await self._call(
                "POST",
                "prospecting",
                {
                    "type": "file_upload",
                    "uploadId": upload["uploadId"],
                    "audienceId": self._chance.choice(self._audiences),
                    "onKnown": self._chance.choice(["fill", "update"]),
                },
            )
            if started is not None:
                job = await self._api.finished(started["jobId"], seconds=60)
                assert job["status"] == "completed", job
                self.jobs.append(started["jobId"])
            if self.jobs and turn % 5 == 4:
                undone = self._chance.choice(self.jobs)
                undo = await self._call("POST", f"prospecting/{undone}/undo")
                if undo is not None:
                    job = await self._api.finished(undo["jobId"], seconds=60)
                    assert job["status"] == "completed", job

    async def _anybody(self) -> list[str]:
        page = await self._call("GET", "prospects?limit=100")
        found = [each["id"] for each in page["items"]]
        return self._chance.sample(found, min(5, len(found)))

    async def bulk(self) -> None:
        for _ in range(TURNS):
            one, other = self._chance.sample(self._audiences, 2)
            some = await self._anybody()
            if not some:
                continue
            await self._chance.choice(
                [
                    lambda a=one, s=some: self._call(
                        "POST", f"audiences/{a}/prospects", {"prospectIds": s}
                    ),
                    lambda a=one: self._call(
                        "POST",
                        f"audiences/{a}/prospects",
                        {"prospects": [{"email": f"p{n}@b.example"} for n in range(0, PEOPLE, 9)]},
                    ),
                    lambda a=one, s=some: self._call(
                        "POST", f"audiences/{a}/prospects/remove", {"prospectIds": s}
                    ),
                    lambda a=one, b=other, s=some: self._call(
                        "POST",
                        f"audiences/{a}/move-leads",
                        {"targetAudienceId": b, "leadIds": s[:1]},
                    ),
                ]
            )()
        await self._call("POST", f"audiences/{self._audiences[0]}/empty")

    async def people(self) -> None:
        for turn in range(TURNS):
            some = await self._anybody()
            if len(some) < 2:
                continue
            if turn % 5:
                body = {"title": f"E{turn}", "attributes": {"Team": str(turn)}}
                await self._call("PATCH", f"prospects/{some[0]}", body)
            else:
                await self._call("POST", f"prospects/{some[0]}/merge", {"prospectIds": some[1:2]})


async def test_what_must_hold_holds(house: House, chance: random.Random) -> None:
    async with house.tenant() as api, working(house.dsn):
        audiences = [(await api.make_audience(f"A{n}"))["id"] for n in range(3)]
        crowd = Crowd(api, chance, audiences)
        await asyncio.gather(
            crowd.imports(), crowd.imports(), crowd.bulk(), crowd.bulk(), crowd.people()
        )
        for audience in audiences:
            await assert_replays(api, audience)
            assert len(set(await ids(api, audience))) == len(await ids(api, audience))
        everybody = await api.all_items("prospects", limit=250)
        for field in ("publicIdentifier", "email"):
            known = [person[field] for person in everybody if person[field]]
            assert len(known) == len(set(known)), field
        for person in everybody:
            await assert_history_comes_to(api, person)


async def assert_history_comes_to(api: Api, person: Any) -> None:
    """The newest value of each field in the history is the person's, and nothing lacks."""
    newest: dict[str, Any] = {}
    for each in await api.all_items(f"prospects/{person['id']}/history", limit=250):
        newest.setdefault(each["field"], each["value"])
    for field in ("title", "location", "publicIdentifier", "email", "name"):
        assert newest.get(field) == person[field], (field, person)
    for name, value in person["attributes"].items():
        assert newest.get(f"attributes.{name}") == value, (name, person)
    assert data(await api.get(f"prospects/{person['id']}"))["id"] == person["id"]
