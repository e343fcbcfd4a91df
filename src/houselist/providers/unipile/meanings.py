"""What the types of Unipile's errors mean to a caller. Pure.

v1 publishes its types with each endpoint ("Perform LinkedIn search", "Retrieve a profile"), as
`errors/limit_too_high`; v2 all of them on "Error responses", as `api/…` where it refuses itself and
`provider/…` where LinkedIn does.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from houselist.providers.unipile.unconfirmed import ACCOUNT_LACKS, WRONG_KEY

Meaning: TypeAlias = Literal[
    "key", "reconnect", "throttled", "later", "spent", "not there", "not allowed", "too large"
]

# The types without their family; the status of all others decides.
_TYPES: Final[dict[Meaning, tuple[str, ...]]] = {
    "key": (
        "missing_authorization",
        "expired_authorization",
        "invalid_api_key",
        "insufficient_privileges",  # of the key: "out of your scopes"
    ),
    "reconnect": (
        "account_restricted",
        "account_mismatch",
        "account_configuration_error",
        "action_required",
        "disconnected_account",
        "disconnected_feature",
        "invalid_auth_format",
        "session_mismatch",
        "unauthorized",
        "unknown_authentication_context",
        "wrong_account",
    ),
    "throttled": ("too_many_requests",),
    "later": (
        "ip_rejected_by_server",
        "network_down",
        "provider_unreachable",
        "proxy_auth_error",
        "proxy_error",
        "proxy_timeout",
        "realtime_client_not_initialized",
    ),
    "spent": ("limit_exceeded",),
    "not there": (
        "insufficient_permissions",
        "invalid_post",
        "invalid_recipient",
        "invalid_resource_identifier",
        "resource_access_restricted",
        "resource_not_found",
    ),
    # What the account's plan or rights do not cover, whoever or whatever is asked for.
    "not allowed": (
        "feature_not_subscribed",
        "inactive_subscription",
        "invalid_account",
        "subscription_required",
    ),
    "too large": ("limit_too_high",),
}
_BY_TYPE: Final[dict[str, Meaning]] = {
    kind: meaning for meaning, kinds in _TYPES.items() for kind in kinds
}
_BY_STATUS: Final[dict[int, Meaning]] = {401: "reconnect", 429: "throttled"}


def meaning(family: str, kind: str, status: int) -> Meaning | None:
    """By the halves of the type, either of which may be empty; None where only the status tells."""
    whole = f"{family}/{kind}"
    if whole in WRONG_KEY.value:
        return "key"
    if whole in ACCOUNT_LACKS.value:
        return "not allowed"
    return _BY_TYPE.get(kind) or _BY_STATUS.get(status)
