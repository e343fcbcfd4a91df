"""What is checked of a profile before it is used, in both versions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import Broken, LookedUp, NotAllowed, NotAtProvider, UserError
from houselist.providers.fields import Json, count, texts
from houselist.providers.unipile.failures import not_as_documented
from houselist.providers.unipile.identity import member_number, token_of
from houselist.providers.unipile.unconfirmed import HELD_BACK_COUNT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from houselist.linkedin import Profile
    from houselist.providers.base import ProviderPerson

_HELD_BACK: Final = "throttled_sections"


def refuse_number(who: Profile) -> None:
    """Raises UserError for a member number: Unipile can't look people up by it."""
    if who.kind == "num":
        raise UserError("Unipile can't look people up by a member number.")


def held_back(holder: Json, asked: Sequence[str]) -> tuple[str, ...]:
    """The sections asked for that LinkedIn held back, which looks like a success with gaps."""
    throttled = {section.removeprefix("linkedin_") for section in texts(holder.get(_HELD_BACK))}
    if count(holder.get(HELD_BACK_COUNT.value)) and not holder.get("work_experience"):
        throttled.add("experience")
    return tuple(section for section in asked if section in throttled)


async def looked_up(request: Awaitable[LookedUp]) -> LookedUp:
    """The same, with a refusal of this one person as what came of it."""
    try:
        return await request
    except NotAtProvider:
        return LookedUp(None, reason="the provider does not find this person")
    except NotAllowed:
        raise
    except UserError as error:
        return LookedUp(None, reason=f"could not be looked up: {error}", refused=True)


def checked(who: Profile, person: ProviderPerson) -> ProviderPerson:
    """The person, if it is the one that was requested by id. Raises Broken.

    A slug proves nothing, because an old one leads to the same person as the new one.
    """
    if person.provider_id is None:
        raise not_as_documented()
    if who.kind != "in" and not _is_same(who, person.provider_id):
        raise Broken("Unipile sent another person than the one requested.", again=True)
    return person


def _is_same(who: Profile, provider_id: str) -> bool:
    if provider_id == who.value:
        return True
    token = token_of(provider_id)
    if token is None or token.kind == who.kind:
        return False
    # The id of another product: the same member, if the number in it is the same.
    return member_number(token.value) == member_number(who.value)
