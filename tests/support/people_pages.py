"""Audiences of people whom the tests of the console's tables look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.service import data

if TYPE_CHECKING:
    from playwright.async_api import Page

    from support.service import Api


async def add(api: Api, audience: Any, *people: dict[str, Any]) -> None:
    """Adds people, each known by an e-mail address of their own unless they have one."""
    named = [{"email": f"p{n}@people.example", **each} for n, each in enumerate(people)]
    told = data(await api.post(f"audiences/{audience['id']}/prospects", json={"prospects": named}))
    assert told["added"] == len(people)


async def make_many(api: Api, count: int = 120) -> Any:
    audience = await api.make_audience("Engineers")
    await add(
        api,
        audience,
        *(
            {
                "name": f"Person {n:03}",
                "title": "Head of Data" if n % 3 else "Engineer",
                "company": {"name": "Northwind" if n % 2 else "Contoso"},
                "location": "Berlin",
            }
            for n in range(count)
        ),
    )
    return audience


def names(page: Page) -> Any:
    return page.locator("[data-rows] tbody th a")
