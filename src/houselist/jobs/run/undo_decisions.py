"""What an undo takes back, decided of some rows: who leaves, who goes, and what is said. Pure.

Whether another audience holds somebody, and which values can be put back, is known only when it is
done; then the ledger is told of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.people import copying
from houselist.people.outcomes import Verdict
from houselist.people.undoing import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from houselist.jobs.run.undo_store import Merged, Met, Past, Undone

_WAS_MEMBER = "was in the audience before the job"
_LEFT_BEFORE = "was not in the audience any more"
_NOT_KNOWN = "is not known any more"
_MET_SINCE = "a later job or request has met this person in the audience"
_CHANGED_SINCE = "was changed or merged by hand since"
_STAYS_HELD = "stays known, as another audience has this person"
_STAYS_CHANGED = "stays known, as others have changed this person since"


class Facts(NamedTuple):
    """Whom the job met in some rows, the changes of these people since it began, and merges.

    `ids`: those of the people who are known.
    """

    met: list[Met]
    ids: set[bytes]
    changes: dict[bytes, list[Past]]
    merges: dict[bytes, list[Merged]]


class Decided(NamedTuple):
    """What is taken back of some rows. `verdicts`: of those that added somebody, by their numbers.

    `leaving`: the positions of who leaves. `made`: whom the job made, to be removed if nobody holds
    them; `others`: those of them whom others have changed, so that they stay. `changed`: of whom
    values may be put back, each with the first row about the person. `rows`: the ledger, ready for
    COPY, if there is no more to say; `counts`: of its outcomes.
    """

    facts: Facts
    verdicts: dict[int, Verdict]
    leaving: list[int]
    made: set[bytes]
    others: set[bytes]
    changed: dict[bytes, int]
    rows: bytes
    counts: Counter[str]


async def decide(facts: Facts, undone: Undone, account_group_id: bytes, job_id: bytes) -> Decided:
    """Decides some rows, bit by bit: everything else runs in between."""
    verdicts = _verdicts(facts, undone)
    await asyncio.sleep(0)
    leaving: set[int] = set()
    made: set[bytes] = set()
    for row, is_added, _, known_id, made_by, position, _, _ in facts.met:
        if is_added and verdicts[row].outcome == "removed":
            if position is not None:
                leaving.add(position)
            if known_id is not None and made_by == undone.job_id:
                made.add(known_id)
    await asyncio.sleep(0)
    changed = _changed(facts, undone.job_id) if facts.changes else {}
    told = ledger(facts.met, verdicts, {}, {})
    rows = copying.ledger(account_group_id, job_id, told)
    return Decided(
        facts,
        verdicts,
        sorted(leaving),
        made,
        made & _of_others(facts, undone.job_id),
        changed,
        rows,
        counts_of(told),
    )


def _verdicts(facts: Facts, undone: Undone) -> dict[int, Verdict]:
    """What becomes of the rows that added somebody."""
    job_id, first_position = undone.job_id, undone.first_position
    touched = facts.changes.keys() | facts.merges.keys()
    verdicts: dict[int, Verdict] = {}
    for each in facts.met:
        row, is_added, id_, known_id, _, position, seen_by, added_at = each
        if not is_added:
            continue
        if known_id is None:
            verdict = Verdict("removed", _NOT_KNOWN, id_)
        elif position is None or added_at is None:
            verdict = Verdict("removed", _LEFT_BEFORE, id_)
        elif seen_by != job_id:
            verdict = Verdict("kept", _MET_SINCE, id_)
        elif position < first_position:
            # A row of the job has shown that an earlier member and somebody new are one.
            verdict = Verdict("kept", _WAS_MEMBER, id_)
        elif id_ in touched and _is_by_hand(each, facts):
            verdict = Verdict("kept", _CHANGED_SINCE, id_)
        else:
            verdict = Verdict("removed", None, id_)
        verdicts[row] = verdict
    return verdicts


def _is_by_hand(each: Met, facts: Facts) -> bool:
    """Whether a request has changed a member, or merged somebody into one, since they joined."""
    moments = [
        at for at, noted in facts.changes.get(each.prospect_id, ()) if noted.key_id is not None
    ]
    moments += [
        merged.at for merged in facts.merges.get(each.prospect_id, ()) if merged.key_id is not None
    ]
    return any(each.added_at is not None and at >= each.added_at for at in moments)


def _of_others(facts: Facts, job_id: bytes) -> set[bytes]:
    """Whom anybody else has changed."""
    changed = {
        id_
        for id_, changes in facts.changes.items()
        if any(noted.job_id != job_id for _, noted in changes)
    }
    return changed | {
        id_
        for id_, merges in facts.merges.items()
        if any(merged.job_id != job_id for merged in merges)
    }


def _changed(facts: Facts, job_id: bytes) -> dict[bytes, int]:
    """Of whom values may be put back: people whom the job changed and did not make."""
    return {
        each.known_id: each.row
        for each in reversed(facts.met)
        if each.known_id is not None
        and each.made_by != job_id
        and any(noted.job_id == job_id for _, noted in facts.changes.get(each.known_id, ()))
    }


def reasons(decided: Decided, held: set[bytes]) -> dict[bytes, str]:
    """Why people whom the job made stay known. `held`: those whom an audience has."""
    return {
        **dict.fromkeys(decided.others, _STAYS_CHANGED),
        **dict.fromkeys(held, _STAYS_HELD),
    }


def ledger(
    met: Sequence[Met],
    verdicts: dict[int, Verdict],
    stay: dict[bytes, str],
    told: dict[bytes, str],
) -> list[tuple[int, Verdict]]:
    """The undo's rows. `stay`: why people are still known; `told`: what of their values."""
    if not stay and not told:
        return list(verdicts.items())
    return list(_with_words(met, verdicts, stay, told))


def _with_words(
    met: Sequence[Met],
    verdicts: dict[int, Verdict],
    stay: dict[bytes, str],
    told: dict[bytes, str],
) -> Iterator[tuple[int, Verdict]]:
    said = set[bytes]()
    for each in met:
        id_ = each.prospect_id
        words = told.get(id_) if id_ not in said else None
        said.add(id_)
        verdict = verdicts.get(each.row)
        if verdict is None:
            if words:
                yield each.row, Verdict("kept", f"{_WAS_MEMBER}; {words}", id_)
            continue
        parts = (verdict.reason, stay.get(id_), words)
        yield each.row, verdict._replace(reason="; ".join(filter(None, parts)) or None)


def counts_of(rows: Sequence[tuple[int, Verdict]]) -> Counter[str]:
    """How many rows have each outcome."""
    return Counter([verdict.outcome for _, verdict in rows])


def people(count: int) -> str:
    """A number of people in words."""
    return f"{count:,} {'person' if count == 1 else 'people'}"


def values(done: Sequence[str], not_done: Sequence[str]) -> str:
    """What is said of a person's values."""
    parts = [f"put back: {listed(done)}"] if done else []
    parts += [f"not put back, as changed since: {listed(not_done)}"] if not_done else []
    return "; ".join(parts)
