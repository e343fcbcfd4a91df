"""Workers killed with -9 while rows make one of two people each: nobody is lost, counted or held twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.depth import rounds
from support.jobs import csv, members
from support.service import data
from support.survival import Progress, next_death
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from support.service import Api
    from support.survival import House

PEOPLE = 600
KILLS = rounds(3)


async def test_counts_are_exact_although_workers_were_killed_between_batches(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    slugs = [f"jo-{number}" for number in range(PEOPLE)]
    ids = [f"https://www.linkedin.com/sales/lead/ACwAA{number:034}" for number in range(PEOPLE)]
    proofs = [f"{slug},{id_}" for slug, id_ in zip(slugs, ids, strict=True)]
    chance.shuffle(proofs)
    header = "publicIdentifier,linkedinUrl"
    with workers(house.dsn, tmp_path, batch=10, takeover=0.6) as start:
        worker = start()
        halves = [*(f"{slug}," for slug in slugs), *(f",{id_}" for id_ in ids)]
        old = await tenant.import_file(csv(header, *halves), "Old")
        upload = await tenant.upload(csv(header, *proofs))
        job = await tenant.start(
            type="file_upload", uploadId=upload["uploadId"], audienceName="New"
        )
        progress = Progress(house.pool, job["jobId"])
        for kill in range(KILLS):
            await progress.look()
            await progress.reach(next_death(chance, progress.position + 1, PEOPLE, KILLS - kill))
            worker.kill()
            worker = start()
        assert await progress.look(), "the import was over before the last worker was killed"
        done = await tenant.finished(job["jobId"])
    assert done["counts"]["added"] == PEOPLE
    for each in (old, done):
        found = [person["id"] for person in await members(tenant, each)]
        assert len(set(found)) == len(found) == PEOPLE
        audience = data(await tenant.get(f"audiences/{each['audienceId']}"))
        assert audience["prospectCount"] == PEOPLE
    group = bytes.fromhex(tenant.tenant.account_group_id)
    merged = await house.pool.fetchval(
        "SELECT count(*) FROM prospect_merges WHERE account_group_id = $1", group
    )
    assert merged == PEOPLE
