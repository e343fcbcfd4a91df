"""VALIDATION_ERROR names 100 problems at most and says how many more there are, and is quick about it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from houselist.errors import Invalid, Problem
from support.clock import measures_time
from support.jobs import slugs

if TYPE_CHECKING:
    from support.service import Api


def refused(response: Any) -> Any:
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert len(response.content) < 200_000
    return error


@measures_time
async def test_a_body_of_a_hundred_thousand_unknown_fields_is_answered_fast(api: Api) -> None:
    body = msgspec.json.encode(dict.fromkeys((f"{n:x}" for n in range(100_000)), 0))
    assert len(body) < 1 << 20
    headers = {"content-type": "application/json"}
    took: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        error = refused(await api.post("audiences", content=body, headers=headers))
        took.append(time.perf_counter() - began)
    assert len(error["fields"]) == 100
    # Two fields are missing, which is named first.
    assert [problem["path"] for problem in error["fields"][:3]] == ["name", "type", "0"]
    assert error["details"].endswith("; and 99,902 more problems")
    assert min(took) < 0.5


async def test_a_long_name_is_not_repeated_in_full(api: Api) -> None:
    error = refused(
        await api.post("audiences", json={"name": "x", "type": "on_demand", "y" * 500_000: 1})
    )
    assert error["fields"] == [
        {"path": "y" * 200 + "…", "message": "is not known here; leave it out"}
    ]


@measures_time
async def test_a_mapping_of_thousands_of_wrong_columns_is_answered_alike(api: Api) -> None:
    upload = await api.upload(slugs(1))
    columns = {f"c{n}": "z" * 20 for n in range(20_000)} | {"w" * 1_000: "q" * 1_000}
    began = time.perf_counter()
    error = refused(
        await api.post(
            "prospecting",
            json={
                "type": "file_upload",
                "uploadId": upload["uploadId"],
                "audienceName": "A",
                "columns": columns,
            },
        )
    )
    assert time.perf_counter() - began < 2
    assert len(error["fields"]) == 100
    assert error["details"].endswith("; and 39,902 more problems")


@pytest.mark.parametrize(
    ("count", "words"),
    [(100, "p99: wrong"), (101, "; and 1 more problem"), (102, "2 more problems")],
)
def test_up_to_a_hundred_problems_are_all_named(count: int, words: str) -> None:
    refusal = Invalid(*(Problem(f"p{n}", "wrong") for n in range(count)))
    assert len(refusal.problems) == 100
    assert refusal.details is not None
    assert refusal.details.endswith(words)
