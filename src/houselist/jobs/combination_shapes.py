"""What the API takes to combine audiences, and what is noted of them when such a job starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta

from houselist.audiences.shapes import AUDIENCE_ID
from houselist.errors import Invalid, Problem
from houselist.folders.shapes import FOLDER_ID
from houselist.ids import Id
from houselist.texts import Name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_AUDIENCES = 50
_OTHER_ID = "69822a40a3d96f10b2c4e815"

Operation: TypeAlias = Annotated[
    Literal["union", "intersect", "subtract"], Meta(title="CombineOperation")
]


class CombinationStart(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Which audiences to combine, and what to call the audience that it makes."""

    operation: Annotated[
        Operation,
        Meta(
            description=(
                "`union`: whoever is in any of them; of one audience, a copy. `intersect`: whoever"
                " is in all of them. `subtract`: whoever is in the first and in none of the others."
            ),
            examples=["subtract"],
        ),
    ]
    audience_ids: Annotated[
        list[Id],
        Meta(
            min_length=1,
            max_length=MAX_AUDIENCES,
            description="The audiences, each once. The first is the one that is subtracted from.",
            examples=[[AUDIENCE_ID, _OTHER_ID]],
            extra={"must": f"a list of 1 to {MAX_AUDIENCES} ids of audiences"},
            extra_json_schema={"uniqueItems": True},
        ),
    ]
    audience_name: Annotated[
        Name,
        Meta(
            description="The name of the audience to make and fill.",
            examples=["Heads of engineering, not yet written to"],
        ),
    ]
    folder_id: Annotated[
        Id | None, Meta(description="The folder to put the audience in.", examples=[FOLDER_ID])
    ] = None

    @classmethod
    def problems_between(cls, given: Mapping[str, object]) -> list[Problem]:
        """What is wrong with the audiences together, whether or not each is right by itself."""
        ids = given.get("audienceIds")
        if not isinstance(ids, list) or len(cast("Sequence[object]", ids)) > MAX_AUDIENCES:
            return []
        first: dict[bytes | str, int] = {}
        found: list[Problem] = []
        for at, one in enumerate(cast("Sequence[object]", ids)):
            if isinstance(one, bytes | str) and (before := first.setdefault(one, at)) != at:
                words = f"is the same audience as audienceIds[{before}]; name each once"
                found.append(Problem(f"audienceIds[{at}]", words))
        return found

    def __post_init__(self) -> None:
        if problems := self.problems_between({"audienceIds": self.audience_ids}):
            raise Invalid(*problems)


class SourceList(msgspec.Struct, rename="camel", frozen=True):
    """A source as it is when the job starts: its list of members up to the change of this number.

    Ids are in hex, as in all that is stored as JSON. `members` is how many they are.
    """

    audience_id: str
    list_id: str
    number: int
    members: int


class Snapshot(msgspec.Struct, rename="camel", frozen=True):
    """What a combination is made of."""

    operation: Operation
    sources: list[SourceList]
