"""The providers that an account group can be connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.providers.people_data_labs import PEOPLE_DATA_LABS
from houselist.providers.unipile import UNIPILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.provider_type import ProviderType

PROVIDERS: Mapping[str, ProviderType] = {each.name: each for each in (UNIPILE, PEOPLE_DATA_LABS)}
