"""POST /prospecting/{jobId}/undo: what a job did is taken back, where nobody has gone on from it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from houselist.permissions import Permission
from support.jobs import csv, kept, members, until, working
from support.random_files import random_file
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.jobs import Place
    from support.service import Api, Service

HEADER = "publicIdentifier,email,headline,location,Team,Shoe"
OF_PEOPLE = ("prospects", "prospect_identities", "prospect_merges", "memberships", "value_changes")


async def undo(api: Api, job: Any) -> Any:
    """The undo of a job, once it is over."""
    response = await api.post(f"prospecting/{job['jobId']}/undo")
    started = data(response, 202)
    assert response.headers["location"].endswith(f"/prospecting/{started['jobId']}")
    done = await api.finished(started["jobId"])
    assert (done["status"], done["sourceType"]) == ("completed", "undo"), done
    assert done["undoesJobId"] == job["jobId"]
    assert {stage["status"] for stage in done["stages"].values()} == {"completed"}
    counts = done["counts"]
    assert counts["rows"] == counts["removed"] + counts["kept"]
    return done


async def ledger(api: Api, job: Any) -> dict[int, tuple[str, str]]:
    rows = await api.all_items(f"prospecting/{job['jobId']}/rows", limit=250)
    return {row["row"]: (row["outcome"], row["reason"] or "") for row in rows}


async def refused(api: Api, job: Any) -> str:
    return problems(await api.post(f"prospecting/{job['jobId']}/undo"), 422)["jobId"]


async def image(pool: Pool, api: Api) -> dict[str, Any]:
    """Everybody with all that is known of them, and who is in which audience."""
    group = bytes.fromhex(api.tenant.account_group_id)
    people = await pool.fetch("SELECT * FROM prospects WHERE account_group_id = $1", group)
    other = await pool.fetch(
        "SELECT kind, value, prospect_id FROM prospect_identities WHERE account_group_id = $1",
        group,
    )
    held = await pool.fetch(
        "SELECT audience_id, position, prospect_id FROM memberships WHERE account_group_id = $1",
        group,
    )
    return {
        "people": {row["id"]: dict(row) for row in people},
        "identities": {tuple(row) for row in other},
        "held": {tuple(row) for row in held},
    }


async def assert_counts(pool: Pool, api: Api) -> None:
    """Each audience counts its members, and its history replays to them; everybody held is known."""
    group = bytes.fromhex(api.tenant.account_group_id)
    for row in await pool.fetch(
        """
        SELECT prospect_count, active_job_id, (
            SELECT count(*) FROM memberships m WHERE m.account_group_id = $1 AND m.audience_id = a.id
        ) AS held, (
            SELECT count(*) FROM memberships m JOIN prospects p
                ON p.account_group_id = m.account_group_id AND p.id = m.prospect_id
            WHERE m.account_group_id = $1 AND m.audience_id = a.id
        ) AS known, (
            SELECT sum(joined - departed) FROM audience_days d
            WHERE d.account_group_id = $1 AND d.audience_id = a.id
        ) AS replayed
        FROM audiences a WHERE account_group_id = $1
        """,
        group,
    ):
        assert row["active_job_id"] is None
        counts = {row["held"], row["known"], row["replayed"] or 0}
        assert counts == {row["prospect_count"]}, row


@pytest.mark.usefixtures("worker")
async def test_who_joined_leaves_whom_it_made_goes_and_values_are_put_back(
    api: Api, pool: Pool
) -> None:
    known = csv(HEADER, "jo,jo@b.example,CTO,,red,", "al,,,Graz,,", "bo,,,,,")
    first = await api.import_file(known, "Known")
    before = await image(pool, api)
    rows = ("new,n@b.example,,,,", "jo,,CEO,Vienna,blue,42", "al,al@b.example,,,,", "new,,VP,,,")
    job = await api.import_file(csv(HEADER, *rows, "bo,,,,,"), "New", onKnown="update")
    done = await undo(api, job)
    assert (done["counts"]["removed"], done["counts"]["kept"]) == (4, 0)
    told = await ledger(api, done)
    assert told == {
        1: ("removed", ""),
        2: ("removed", "put back: headline, location, attributes.Shoe, attributes.Team"),
        3: ("removed", "put back: email"),
        5: ("removed", ""),
    }
    assert (await image(pool, api))["people"] == before["people"]
    assert await members(api, job) == []
    assert len(await members(api, first)) == 3
    assert data(await api.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 0
    assert "1 person whom nobody else held" in done["stages"]["import"]["details"]
    await assert_counts(pool, api)
    changes = data(await api.get(f"audiences/{job['audienceId']}/changes"))["items"]
    assert [each["jobId"] for each in changes if each["change"] == "left"] == [done["jobId"]] * 4


@pytest.mark.usefixtures("worker")
async def test_members_of_before_stay_with_what_they_had(api: Api, pool: Pool) -> None:
    first = await api.import_file(csv(HEADER, "jo,,,,,", "al,,,,,"), "A")
    rows = csv(HEADER, "jo,,CTO,,,", "al,,,,,", "new,,,,,")
    job = await api.import_file(rows, "", audienceId=first["audienceId"])
    done = await undo(api, job)
    assert await ledger(api, done) == {
        1: ("kept", "was in the audience before the job; put back: headline"),
        3: ("removed", ""),
    }
    assert [person["publicIdentifier"] for person in await members(api, job)] == ["jo", "al"]
    assert (await members(api, job))[0]["headline"] is None
    page = await api.all_items(f"prospecting/{done['jobId']}/rows", outcome="kept")
    assert page[0]["input"]["publicIdentifier"] == "jo", "the row of the undone job's file"


@pytest.mark.usefixtures("worker")
async def test_what_others_have_met_held_or_changed_since_stays(api: Api, pool: Pool) -> None:
    slugs = ["met", "added", "elsewhere", "edited", "filled", "moved", "gone", "free"]
    job = await api.import_file(csv(HEADER, *(f"{slug},,,,," for slug in slugs)), "A")
    ids = {each["publicIdentifier"]: each["id"] for each in await members(api, job)}
    a = f"audiences/{job['audienceId']}/"
    await api.import_file(csv(HEADER, "met,,,,,"), "", audienceId=job["audienceId"])
    data(await api.post(a + "prospects", json={"prospectIds": [ids["added"]]}))
    other = await api.import_file(csv(HEADER, "elsewhere,,,,,", "filled,,CEO,,,"), "B")
    data(await api.patch(f"prospects/{ids['edited']}", json={"headline": "CTO"}))
    of_b = f"audiences/{other['audienceId']}/prospects/remove"
    data(await api.post(of_b, json={"prospectIds": [ids["filled"]]}))
    there = {"targetAudienceId": other["audienceId"], "leadIds": [ids["moved"]]}
    data(await api.post(a + "move-leads", json=there))
    data(await api.post(a + "prospects/remove", json={"prospectIds": [ids["gone"]]}))
    done = await undo(api, job)
    told = await ledger(api, done)
    by_slug = dict(zip(slugs, told.values(), strict=True))
    assert {slug: outcome for slug, (outcome, _) in by_slug.items()} == {
        "met": "kept",
        "added": "kept",
        "elsewhere": "removed",
        "edited": "kept",
        "filled": "removed",
        "moved": "removed",
        "gone": "removed",
        "free": "removed",
    }
    assert "met this person" in by_slug["met"][1]
    assert "met this person" in by_slug["added"][1]
    assert "by hand" in by_slug["edited"][1]
    assert "another audience" in by_slug["elsewhere"][1]
    assert "others have changed" in by_slug["filled"][1]
    assert "another audience" in by_slug["moved"][1]
    left = {slug for slug, id_ in ids.items() if (await api.get(f"prospects/{id_}")).is_success}
    assert left == {"met", "added", "elsewhere", "edited", "filled", "moved"}
    assert {each["id"] for each in await members(api, job)} == {
        ids[slug] for slug in ("met", "added", "edited")
    }
    await assert_counts(pool, api)


@pytest.mark.usefixtures("worker")
async def test_values_that_somebody_changed_since_stay(api: Api, pool: Pool) -> None:
    await api.import_file(csv(HEADER, "jo,,,,red,", "al,,,,,"), "Known")
    job = await api.import_file(
        csv(HEADER, "jo,jo@b.example,CTO,Graz,blue,42", "al,,CTO,,,"), "A", onKnown="update"
    )
    jo, _ = await members(api, job)
    path = f"prospects/{jo['id']}"
    data(await api.patch(path, json={"headline": "CEO", "attributes": {"Shoe": "43"}}))
    later = await api.import_file(csv(HEADER, "al,,VP,,,"), "B", onKnown="update")
    told = await ledger(api, await undo(api, job))
    assert "put back: email, location, attributes.Team" in told[1][1]
    assert "not put back, as changed since: headline, attributes.Shoe" in told[1][1]
    assert told[2][1] == "not put back, as changed since: headline"
    now = data(await api.get(path))
    assert (now["headline"], now["email"], now["location"]) == ("CEO", None, None)
    assert now["attributes"] == {"Team": "red", "Shoe": "43"}
    history = await api.all_items(path + "/history")
    assert {each["field"] for each in history if each["value"] is None} >= {"email", "location"}
    await undo(api, later)
    (al,) = [
        each
        for each in (await image(pool, api))["people"].values()
        if each["email"] is None and each["public_identifier"] == "al"
    ]
    assert al["headline"] == "CTO", "what the later job had replaced"


@pytest.mark.usefixtures("worker")
async def test_a_change_that_was_taken_back_is_in_nobodys_way(api: Api, pool: Pool) -> None:
    await api.import_file(csv(HEADER, "jo,,,,,"), "Known")
    before = await image(pool, api)
    one = await api.import_file(csv(HEADER, "jo,,CTO,,,", "new,,,,,"), "A", onKnown="update")
    two = await api.import_file(csv(HEADER, "jo,,CEO,,,", "new,,VP,,,"), "B", onKnown="update")
    await undo(api, two)
    await undo(api, one)
    assert (await image(pool, api))["people"] == before["people"]


async def test_an_import_into_an_empty_account_group_leaves_nothing(place: Place) -> None:
    chance = random.Random("undo")
    async with working(place.dsn, batch=11):
        for people in (10, 60):
            async with place.api() as api:
                text = random_file(chance, 120, people)
                job = await api.import_file(text, "A")
                done = await undo(api, job)
                assert done["counts"]["removed"] == job["counts"]["added"]
                assert set((await kept(place.pool, api, OF_PEOPLE)).values()) == {0}
                await assert_counts(place.pool, api)
                again = await api.import_file(text, "", audienceId=job["audienceId"])
                assert again["counts"] == job["counts"]
                assert await ledger_kinds(api, again) == await ledger_kinds(api, job)


async def ledger_kinds(api: Api, job: Any) -> list[str]:
    return [outcome for outcome, _ in (await ledger(api, job)).values()]


@pytest.mark.parametrize("on_known", ["fill", "update"])
async def test_all_is_as_it_was_before_the_job(place: Place, on_known: str) -> None:
    chance = random.Random(f"undo {on_known}")
    merged = exact = 0
    async with working(place.dsn, batch=9):
        while merged < 1 or exact < 2:
            async with place.api() as api:
                people = chance.choice((12, 60))
                first = await api.import_file(random_file(chance, 40, people), "A")
                before = await image(place.pool, api)
                text = random_file(chance, 30, people, joins=chance.random() < 0.4)
                target = {"audienceId": first["audienceId"]} if chance.random() < 0.5 else {}
                job = await api.import_file(text, "B", onKnown=on_known, **target)
                merges = await place.pool.fetchval(
                    "SELECT count(*) FROM prospect_merges WHERE job_id = $1",
                    bytes.fromhex(job["jobId"]),
                )
                await undo(api, job)
                await assert_counts(place.pool, api)
                after = await image(place.pool, api)
                if merges:
                    merged += 1
                    assert after["people"].keys() <= before["people"].keys()
                else:
                    exact += 1
                    assert after == before


@pytest.mark.usefixtures("worker")
async def test_what_can_not_be_undone_is_refused_in_words(api: Api, pool: Pool) -> None:
    job = await api.import_file(csv(HEADER, "jo,,,,,"), "A")
    done = await undo(api, job)
    assert "undone already" in await refused(api, job)
    assert "is an undo" in await refused(api, done)
    upload = await api.upload(csv(HEADER, "jo,,,,,"))
    dry = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="B", dryRun=True
    )
    await api.finished(dry["jobId"])
    assert "dry run" in await refused(api, dry)
    old = await api.import_file(csv(HEADER, "jo,,,,,"), "C")
    await pool.execute(
        "UPDATE prospecting_jobs SET updated_at = now() - interval '31 days' WHERE id = $1",
        bytes.fromhex(old["jobId"]),
    )
    assert "30 days" in await refused(api, old)
    unknown = {"jobId": "0" * 24}
    error(await api.post(f"prospecting/{unknown['jobId']}/undo"), 404, "NOT_FOUND")
    assert "jobId" in problems(await api.post("prospecting/nonsense/undo"))


@pytest.mark.usefixtures("worker")
async def test_a_stranger_and_a_key_without_the_permission_are_refused(
    api: Api, stranger: Api, pool: Pool, service: Service
) -> None:
    job = await api.import_file(csv(HEADER, "jo,,,,,"), "A")
    path = f"prospecting/{job['jobId']}/undo"
    error(await stranger.post(path), 404, "NOT_FOUND")
    reader = await make_tenant(
        pool, [Permission.PROSPECTING_READ], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as client:
        error(await client.post(path), 403, "FORBIDDEN")


async def test_while_the_job_or_another_one_runs_it_is_refused(place: Place) -> None:
    async with place.api() as api:
        async with working(place.dsn):
            first = await api.import_file(csv(HEADER, "jo,,,,,"), "A")
        upload = await api.upload(csv(HEADER, "al,,,,,"))
        running = await api.start(
            type="file_upload", uploadId=upload["uploadId"], audienceId=first["audienceId"]
        )
        assert "not over" in await refused(api, running)
        path = f"prospecting/{first['jobId']}/undo"
        assert running["jobId"] in error(await api.post(path), 409, "AUDIENCE_NOT_READY")["details"]
        data(await api.post(f"prospecting/{running['jobId']}/cancel"))
        key = {"idempotency-key": "once"}
        undoing = data(await api.post(path, headers=key), 202)
        assert data(await api.post(path, headers=key)) == undoing
        blocked = await api.get(f"audiences/{first['audienceId']}")
        assert undoing["jobId"] in error(blocked, 409, "AUDIENCE_NOT_READY")["details"]
        async with working(place.dsn):
            assert (await api.finished(undoing["jobId"]))["counts"]["removed"] == 1
        data(await api.get(f"audiences/{first['audienceId']}"))


async def test_cancelled_it_stops_half_way_and_says_so(place: Place) -> None:
    async with place.api() as api:
        async with working(place.dsn):
            job = await api.import_file(csv(HEADER, *(f"jo-{n},,,,," for n in range(400))), "A")
        undoing = data(await api.post(f"prospecting/{job['jobId']}/undo"), 202)
        async with working(place.dsn, batch=1):

            async def has_begun() -> bool:
                return data(await api.get(f"prospecting/{undoing['jobId']}"))["counts"]["rows"] > 2

            await until(has_begun)
            data(await api.post(f"prospecting/{undoing['jobId']}/cancel"))
            over = await api.finished(undoing["jobId"])
        removed = over["counts"]["removed"]
        assert 2 < removed < 400
        assert "half-way" in over["stages"]["import"]["details"]
        assert len(await members(api, job)) == 400 - removed
        await assert_counts(place.pool, api)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("how", ["deleted", "emptied"])
async def test_people_and_values_are_put_right_though_the_audience_is_gone(
    api: Api, pool: Pool, how: str
) -> None:
    known = await api.import_file(csv(HEADER, "jo,,,,,"), "Known")
    before = await image(pool, api)
    job = await api.import_file(csv(HEADER, "jo,,CTO,,,", "new,,,,,"), "A")
    path = f"audiences/{job['audienceId']}"
    data(await (api.delete(path) if how == "deleted" else api.post(path + "/empty")))
    done = await undo(api, job)
    assert done["counts"]["removed"] == 2
    assert "not in the audience any more" in (await ledger(api, done))[2][1]
    assert (await image(pool, api))["people"] == before["people"]
    assert len(await members(api, known)) == 1


@pytest.mark.usefixtures("worker")
async def test_of_a_combination_whoever_joined_by_it_leaves(api: Api, pool: Pool) -> None:
    slugs = [f"jo-{number}" for number in range(120)]
    source = await api.import_file(csv(HEADER, *(f"{slug},,,,," for slug in slugs)), "A")
    body = {
        "operation": "union",
        "audienceIds": [source["audienceId"]],
        "audienceName": "Copy",
    }
    copy = data(await api.post("audiences/combine", json=body), 202)
    await api.finished(copy["jobId"])
    first, second, *_ = await members(api, copy)
    there = f"audiences/{copy['audienceId']}/prospects"
    data(await api.post(there + "/remove", json={"prospectIds": [first["id"]]}))
    data(await api.post(there, json={"prospectIds": [second["id"]]}))
    done = await undo(api, copy)
    assert (done["counts"]["removed"], done["counts"]["kept"]) == (118, 1)
    told = await ledger(api, done)
    assert (min(told), max(told)) == (2, 120)
    assert told[2] == ("kept", "a later job or request has met this person in the audience")
    assert [each["id"] for each in await members(api, copy)] == [second["id"]]
    assert len(await members(api, source)) == 120, "nobody of another audience is removed"
    await assert_counts(pool, api)
