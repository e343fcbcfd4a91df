"""Every type of error that Unipile publishes, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from houselist.providers.base import (
    Broken,
    NotAllowed,
    NotAtProvider,
    ProviderError,
    QuotaSpent,
    ReconnectNeeded,
    TryLater,
    UserError,
)
from houselist.providers.unipile.failures import LimitTooHigh, failure
from houselist.providers.wire import ProviderResponse

NOW = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
WRONG_KEY = (
    "Unipile does not accept the API key. Connect again with the right one from its dashboard:"
    " `houselist providers connect`. It says: Ttl."
)


def read(status: int, body: Any) -> ProviderError:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return failure(ProviderResponse(status, httpx.Headers(), raw), NOW, secret="secret")


class Fate(NamedTuple):
    """What an error becomes, as the error itself has it; `{}` in its words is the type."""

    kind: type[ProviderError]
    again: bool | None = None
    unspent: bool = True
    undelivered: bool = False
    words: str = "Unipile: Ttl."


REFUSED, GONE, OWNER = Fate(UserError), Fate(NotAtProvider), Fate(ReconnectNeeded)
KEY = Fate(ReconnectNeeded, words=WRONG_KEY)
PLAN = Fate(NotAllowed, words="Unipile ({}): Ttl.")
TOO_LARGE = Fate(LimitTooHigh)
LATER = Fate(Broken, again=True, unspent=False, undelivered=True)
NEVER = Fate(Broken, again=False, unspent=False, undelivered=True)
DEFECT = Fate(Broken, again=False)

# Version 1: with its endpoints ("Perform LinkedIn search", "Retrieve a profile", "Retrieve a
# calendar"); the reference of an endpoint lists those of a status in its schema.
V1: dict[tuple[int, Fate], str] = {
    (400, REFUSED): "invalid_parameters malformed_request content_too_large invalid_url"
    " too_many_characters unescaped_characters missing_parameters invalid_request invalid_action"
    " invalid_label",
    (400, TOO_LARGE): "limit_too_high",
    (401, OWNER): "multiple_sessions invalid_checkpoint_solution checkpoint_error"
    " invalid_credentials expired_credentials disconnected_account disconnected_feature"
    " invalid_credentials_but_valid_account_imap expired_link wrong_account captcha_not_supported"
    " invalid_proxy_credentials invalid_imap_configuration invalid_smtp_configuration",
    (401, KEY): "missing_credentials insufficient_privileges",
    (403, OWNER): "account_restricted session_mismatch unknown_authentication_context"
    " action_required",
    (403, PLAN): "feature_not_subscribed subscription_required account_mismatch",
    (403, GONE): "insufficient_permissions resource_access_restricted",
    (404, GONE): "resource_not_found invalid_resource_identifier",
    (422, GONE): "invalid_recipient invalid_post",
    (422, PLAN): "invalid_account",
    (422, OWNER): "unauthorized account_configuration_error",
    (422, LATER): "provider_unreachable realtime_client_not_initialized ip_rejected_by_server",
    (422, TOO_LARGE): "limit_too_high",
    (422, Fate(QuotaSpent)): "limit_exceeded",
    (422, REFUSED): "no_connection_with_recipient blocked_recipient unprocessable_entity"
    " invalid_message not_allowed_inmail insufficient_credits cannot_resend_yet"
    " cannot_resend_within_24hrs already_invited_recently already_connected"
    " cannot_invite_attendee parent_mail_not_found invalid_reply_subject invalid_headers"
    " send_as_denied invalid_folder invalid_thread sender_rejected recipient_rejected"
    " cant_send_message comments_disabled insufficient_job_slot",
    (429, Fate(TryLater)): "too_many_requests",
    (500, LATER): "unexpected_error provider_error authentication_intent_error",
    # "Provider limits": LinkedIn's own may also come as a 500.
    (500, Fate(TryLater)): "too_many_requests",
    (501, NEVER): "feature_not_implemented",
    (503, LATER): "no_client_session no_channel no_handler network_down service_unavailable",
    (504, LATER): "request_timeout",
}
# Version 2: "Error responses", and "Link an Account" for those of linking.
V2: dict[tuple[int, Fate], str] = {
    (400, REFUSED): "api/invalid_parameters provider/invalid_parameters",
    (400, OWNER): "api/invalid_auth_format",
    (401, OWNER): "provider/invalid_authorization provider/invalid_credentials"
    " provider/account_mismatch provider/invalid_checkpoint_code",
    (401, KEY): "api/missing_authorization api/expired_authorization api/invalid_credentials",
    (401, LATER): "api/proxy_auth_error",
    (407, LATER): "api/proxy_auth_error",
    (403, PLAN): "api/inactive_subscription api/insufficient_permissions",
    (403, GONE): "provider/insufficient_permissions",
    (403, OWNER): "api/account_restricted provider/unknown_authentication_context",
    (404, GONE): "provider/resource_not_found api/resource_not_found",
    (405, DEFECT): "provider/method_not_allowed",
    (409, LATER): "api/conflict provider/conflict api/already_exists",
    (422, REFUSED): "provider/unprocessable_entity provider/invalid_file",
    (429, Fate(TryLater)): "api/too_many_requests provider/too_many_requests",
    (500, LATER): "api/internal_error provider/server_error",
    (501, NEVER): "api/not_implemented",
    (502, LATER): "api/proxy_error provider/server_error",
    (504, LATER): "api/proxy_timeout provider/timeout",
}
TABLE = [
    (status, f"{family}{name}", fate)
    for family, types in (("errors/", V1), ("", V2))
    for (status, fate), names in types.items()
    for name in names.split()
]


@pytest.mark.parametrize(("status", "kind", "fate"), TABLE)
def test_a_refusal_is_known_by_its_type(status: int, kind: str, fate: Fate) -> None:
    error = read(status, {"type": kind, "title": "Ttl", "status": status})
    assert type(error) is fate.kind
    assert getattr(error, "again", None) is fate.again
    assert (error.unspent, error.undelivered) == (fate.unspent, fate.undelivered)
    assert str(error) == fate.words.format(kind.rpartition("/")[2])


@pytest.mark.parametrize("family", ["errors", "api", "provider"])
def test_a_type_means_the_same_whoever_sends_it(family: str) -> None:
    """For clients of the other version, and for what the pages forgot."""
    for status, kind, expected in (
        (403, "insufficient_permissions", UserError if family == "api" else NotAtProvider),
        (403, "feature_not_subscribed", NotAllowed),
        (403, "session_mismatch", ReconnectNeeded),
        (401, "expired_authorization", ReconnectNeeded),
        (404, "resource_not_found", NotAtProvider),
        (422, "limit_exceeded", QuotaSpent),
        (503, "proxy_auth_error", Broken),
        (418, "never_heard_of", Broken),
    ):
        assert isinstance(read(status, {"type": f"{family}/{kind}"}), expected)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_what_fails_there_may_be_asked_again_and_may_be_spent(status: int) -> None:
    for body in ({"type": "errors/provider_error", "title": "Down"}, b"<html>Bad gateway</html>"):
        error = read(status, body)
        assert isinstance(error, Broken)
        assert error.again
        assert (error.unspent, error.undelivered) == (False, True)


@pytest.mark.parametrize("status", [400, 402, 403, 413, 414, 422])
def test_what_something_in_between_refuses_is_no_refusal_of_unipile_s(status: int) -> None:
    """A firewall's page would else end jobs, and mark people as looked up."""
    for body in (b"<html>Forbidden</html>", b"", b"[]"):
        error = read(status, body)
        assert isinstance(error, Broken)
        assert error.again
        assert error.unspent


def test_a_refusal_of_the_key_says_so_without_words_of_unipile_s() -> None:
    error = read(401, {"type": "api/missing_authorization"})
    assert str(error) == WRONG_KEY.replace(" It says: Ttl.", "")


def test_the_name_of_what_is_not_allowed_stays_in_front_of_long_words() -> None:
    error = read(403, {"type": "errors/feature_not_subscribed", "detail": "word " * 200})
    assert str(error).startswith("Unipile (feature_not_subscribed): word word")
