"""Settings from `HOUSELIST_*` variables: what they mean, how they are read and checked."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from houselist.postgres.address import FORM, is_address

if TYPE_CHECKING:
    from collections.abc import Mapping

# name -> (default as documented, meaning). A test compares the documentation with this.
VARIABLES: dict[str, tuple[str, str]] = {
    "HOUSELIST_DATABASE_URL": (
        "unset: the embedded PostgreSQL",
        "your own PostgreSQL, 15 or newer: `postgresql://user:password@host:port/database`",
    ),
    "HOUSELIST_DATA_DIR": (
        "`/var/lib/houselist` as root, else `~/.local/share/houselist`",
        "where the embedded PostgreSQL keeps its data, and where the first key is written",
    ),
    "HOUSELIST_POSTGRES_BIN": (
        "unset: the binaries that came with the package",
        "folder of PostgreSQL binaries on the host, 15 or newer, for the embedded server",
    ),
    "HOUSELIST_SECRET_KEY": (
        "made on the first start in the data directory; unset with a database of your own",
        "the secret that providers' keys are encrypted with: 32 characters or more",
    ),
    "HOUSELIST_PROVIDER_API_KEY": (
        "unset: asked for",
        "the provider's key; only `houselist providers connect` reads it",
    ),
    "HOUSELIST_PROVIDER_URL_POLICY": (
        "`public`",
        "where a provider may be: `public`, on the internet; `allow-private`, in your network too",
    ),
    "HOUSELIST_RATE_LIMIT": ("`600/minute`", "requests allowed per key, or `off`"),
    "HOUSELIST_RATE_LIMIT_STORE": (
        "`memory://`",
        "where requests are counted: in each process, or for all in `valkey://host:port/0`",
    ),
    "HOUSELIST_UNAUTHORIZED_LIMIT": (
        "`300/minute`",
        "requests without a valid key allowed per client address, or `off`",
    ),
    "HOUSELIST_TRUSTED_PROXIES": (
        "unset: none",
        "addresses of the proxies whose `X-Forwarded-For` is trusted",
    ),
    "HOUSELIST_REQUEST_TIMEOUT": ("`10`", "seconds after which a request ends with 502"),
    "HOUSELIST_EXPORT_TIMEOUT": (
        "`3600`",
        "seconds that an export may take over HTTP, its client's slowness included",
    ),
    "HOUSELIST_IDLE_TIMEOUT": (
        "`20`",
        "seconds that a connection may be idle, or take to send a request's headers",
    ),
    "HOUSELIST_HTTP2": ("`off`", "`on`: accepts HTTP/2 without TLS as well as HTTP/1.1"),
    "HOUSELIST_JOB_TAKEOVER": (
        "`15`",
        "seconds after which another worker takes over from one that stopped responding",
    ),
    "HOUSELIST_JOB_BATCH": ("`5000`", "rows a job writes in one transaction"),
    "HOUSELIST_UPLOAD_RETENTION": (
        "`30`",
        "days that the rows of an upload are kept after its jobs are over",
    ),
    "HOUSELIST_HISTORY_DAYS": (
        "`400`",
        "days for which it is known who left an audience, and what a value was before",
    ),
    "HOUSELIST_CONSOLE_PHOTOS": (
        "`off`",
        "`on`: the console shows people's photos, which browsers fetch from where they are",
    ),
    "HOUSELIST_METRICS_LISTEN": (
        "`127.0.0.1:9464`",
        "where `/metrics` is served: `host:port`, or `off`",
    ),
    "HOUSELIST_METRICS": ("`on`", "`off`: the same as `HOUSELIST_METRICS_LISTEN=off`"),
    "HOUSELIST_LOG_LEVEL": ("`info`", "`debug`, `info`, `warning` or `error`"),
}

# Units of a rate such as `600/minute`, in seconds.
RATE_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(rf"([1-9]\d{{0,8}})/({'|'.join(RATE_UNITS)})")
MIN_SECRET_LENGTH = 32
_MAX_PORT = 65_535
_LEVELS = ("debug", "info", "warning", "error")
_STORES = ("valkey", "valkeys", "redis", "rediss")
STORE_IN_MEMORY = "memory://"


class SettingError(ValueError):
    """A variable has a value that can't be used; the message names it and says what to do."""


class Listen(NamedTuple):
    """An address to listen on. `chosen`: the user set it, so no other will do."""

    host: str
    port: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Times are in seconds, those of retention in days."""

    database_url: str | None = field(repr=False)  # it may hold a password
    data_dir: str | None
    postgres_bin: str | None
    secret_key: str | None = field(repr=False)
    provider_url_policy: Literal["public", "allow-private"]
    rate_limit: str | None
    rate_limit_store: str
    unauthorized_limit: str | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    request_timeout: float
    export_timeout: float
    idle_timeout: float
    http2: bool
    job_takeover: float
    job_batch: int
    upload_retention: int
    history_days: int
    console_photos: bool
    metrics_listen: Listen | None
    log_level: str


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises SettingError."""
    known = {name: environ.get(name, "").strip() for name in VARIABLES}
    return Settings(
        database_url=_database_url(known["HOUSELIST_DATABASE_URL"]),
        data_dir=known["HOUSELIST_DATA_DIR"] or None,
        postgres_bin=known["HOUSELIST_POSTGRES_BIN"] or None,
        secret_key=_secret(known["HOUSELIST_SECRET_KEY"]),
        provider_url_policy=_url_policy(known),
        rate_limit=_rate("HOUSELIST_RATE_LIMIT", known, "600/minute"),
        rate_limit_store=_store(known["HOUSELIST_RATE_LIMIT_STORE"] or STORE_IN_MEMORY),
        unauthorized_limit=_rate("HOUSELIST_UNAUTHORIZED_LIMIT", known, "300/minute"),
        trusted_proxies=_networks(known["HOUSELIST_TRUSTED_PROXIES"]),
        request_timeout=_seconds("HOUSELIST_REQUEST_TIMEOUT", known, 10.0),
        export_timeout=_seconds("HOUSELIST_EXPORT_TIMEOUT", known, 3_600.0),
        idle_timeout=_seconds("HOUSELIST_IDLE_TIMEOUT", known, 20.0),
        http2=_choice("HOUSELIST_HTTP2", known, ("off", "on")) == "on",
        job_takeover=_seconds("HOUSELIST_JOB_TAKEOVER", known, 15.0),
        job_batch=_whole("HOUSELIST_JOB_BATCH", known, 5000, 20_000),
        upload_retention=_whole("HOUSELIST_UPLOAD_RETENTION", known, 30, 36_500),
        history_days=_whole("HOUSELIST_HISTORY_DAYS", known, 400, 36_500, minimum=90),
        console_photos=_choice("HOUSELIST_CONSOLE_PHOTOS", known, ("off", "on")) == "on",
        metrics_listen=_metrics_listen(known),
        log_level=_choice("HOUSELIST_LOG_LEVEL", known, ("info", *_LEVELS)),
    )


def _database_url(text: str) -> str | None:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise SettingError(f"HOUSELIST_DATABASE_URL must start with postgresql://; {FORM}")
    if text and not is_address(text):
        # The message leaves the value out, because some part of it is the password.
        raise SettingError(f"HOUSELIST_DATABASE_URL can't be understood; {FORM}")
    return text or None


def _secret(text: str) -> str | None:
    if any(len(part.strip()) < MIN_SECRET_LENGTH for part in text.split(",")) and text:
        raise SettingError(
            "HOUSELIST_SECRET_KEY is too short: give 32 random characters or more, such as"
            " `openssl rand -base64 32` prints. To change the key, give the new one and the old"
            " one, separated by a comma"
        )
    return text or None


def _url_policy(known: dict[str, str]) -> Literal["public", "allow-private"]:
    choices = ("public", "allow-private")
    chosen = _choice("HOUSELIST_PROVIDER_URL_POLICY", known, choices)
    return "allow-private" if chosen == "allow-private" else "public"


def _rate(name: str, known: dict[str, str], default: str) -> str | None:
    text = known[name] or default
    if text == "off":
        return None
    if not _RATE.fullmatch(text):
        raise SettingError(f"{name} is {text!r}; write it as {default} (second, hour, day), or off")
    return text


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingError(
            f"HOUSELIST_TRUSTED_PROXIES can't be used: {error}; write addresses and networks,"
            " separated by commas, such as 10.0.0.2, 10.1.0.0/16"
        ) from error


def _store(text: str) -> str:
    if text != STORE_IN_MEMORY and not _is_address(text):
        # The message leaves the value out, because it may hold a password.
        raise SettingError(
            "HOUSELIST_RATE_LIMIT_STORE can't be used; write it as memory:// or as "
            "valkey://user:password@host:port/0 (or valkeys, redis, rediss), with %XX for what is "
            "not a letter or digit in user and password"
        )
    return text


def _is_address(text: str) -> bool:
    try:
        url = urlsplit(text)
        named = url.hostname and url.port != 0
    except ValueError:  # a port that is not a number, an unclosed bracket
        return False
    # Options in a query would reach the client unchecked and could switch off its timeouts or TLS.
    whole = re.fullmatch(r"(/\d{0,5})?", url.path, re.ASCII) and not re.search(r"[\s?#]", text)
    return bool(url.scheme in _STORES and named and whole)


def _metrics_listen(known: dict[str, str]) -> Listen | None:
    text = known["HOUSELIST_METRICS_LISTEN"]
    off = _choice("HOUSELIST_METRICS", known, ("on", "off")) == "off"
    if off or text.lower() == "off":
        return None
    host, _, port = (text or "127.0.0.1:9464").rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    # Without brackets, nobody can tell where the port of an IPv6 address begins.
    clear = bare and (bare != host or ":" not in host)
    if not (clear and re.fullmatch(r"[0-9]{1,5}", port) and int(port) <= _MAX_PORT):
        raise SettingError(
            f"HOUSELIST_METRICS_LISTEN is {text!r}; write it as 127.0.0.1:9464, [::1]:9464 or off"
        )
    return Listen(bare, int(port), chosen=bool(text))


def _seconds(name: str, known: dict[str, str], default: float) -> float:
    try:
        value = float(known[name] or default)
    except ValueError:
        value = -1.0
    if not 0 < value <= 86_400:
        raise SettingError(
            f"{name} is {known[name]!r}; give a number of seconds above 0 and up to 86400"
        )
    return value


def _whole(
    name: str, known: dict[str, str], default: int, maximum: int, *, minimum: int = 1
) -> int:
    text = known[name] or str(default)
    if not (text.isascii() and text.isdigit() and minimum <= int(text) <= maximum):
        raise SettingError(f"{name} is {text!r}; give a whole number from {minimum} to {maximum}")
    return int(text)


def _choice(name: str, known: dict[str, str], choices: tuple[str, ...]) -> str:
    text = known[name].lower() or choices[0]
    if text not in choices:
        raise SettingError(f"{name} is {text!r}; choose one of {', '.join(sorted(set(choices)))}")
    return text
