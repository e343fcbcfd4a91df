"""What the columns of a file hold for the directory. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.files.mapping import complete_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NETWORK = "network"
"""What a column can be mapped to beside a person's fields: the distance on LinkedIn."""
_NETWORK_NAMES = {
    "network",
    "networkdistance",
    "connectiondegree",
    "degree",
    "connectionlevel",
    "distance",
}


class Columns(NamedTuple):
    """The columns that hold a field, the one that holds the distance, and all the others."""

    mapping: Mapping[str, str]
    network: str | None
    unused: list[str]


def plan_columns(
    given: Mapping[str, str], names: Sequence[str], suggested: Mapping[str, str]
) -> Columns:
    """What each column holds: as the user says, else by its name and its cells."""
    mapping = complete_mapping(given, suggested)
    network = next((name for name, field in mapping.items() if field == NETWORK), None)
    if network is None:
        free = [name for name in names if name not in mapping and name not in given]
        network = next((name for name in free if _plain(name) in _NETWORK_NAMES), None)
    fields = {name: field for name, field in mapping.items() if field != NETWORK}
    return Columns(
        fields, network, [name for name in names if name not in fields and name != network]
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
