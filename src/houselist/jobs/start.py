"""Starting a job: its source is there, its audience ready, its credits too; all or nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from houselist.accounts import quota_store as quotas
from houselist.audiences import store as audiences
from houselist.connections import store as connections
from houselist.credits import store as credit
from houselist.credits.shapes import price
from houselist.directory import store as directory
from houselist.errors import Conflict, Impossible, Invalid, Problem, ProviderNotConnected
from houselist.files.mapping import FIELDS, IDENTITY_FIELDS, MAX_COLUMNS_A_FIELD
from houselist.folders import store as folders
from houselist.folders.shapes import check_type
from houselist.ids import Id
from houselist.jobs import store
from houselist.jobs.limits import bounds_of, what_it_sets_aside
from houselist.jobs.queries import COLUMNS, MAPPING
from houselist.jobs.source import Source
from houselist.jobs.start_shapes import FileUploadStart, UrlUploadStart
from houselist.linkedin import parse_search
from houselist.people.fields import LEAVE_OUT
from houselist.postgres import db, queue
from houselist.providers.base import SearchUrl, refusal
from houselist.providers.directory import SOURCES as DIRECTORY_SOURCES
from houselist.providers.registry import PROVIDERS
from houselist.uploads import given
from houselist.uploads import quotas as upload_quotas
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from houselist.jobs.shapes import Job
    from houselist.jobs.start_shapes import JobStart, OnKnown
    from houselist.people.rows import Row
    from houselist.postgres.db import Connection, Pool
    from houselist.providers.base import ProviderQuery
    from houselist.texts import Name
    from houselist.uploads.shapes import Upload

_DIRECTORY = "The directory", DIRECTORY_SOURCES
_ATTEMPTS = 3
_URL_COLUMN = "url"
_SHOWN_COLUMNS = 30
_SHOWN_NAME = 60
# Letters of a name that was sent, in what is said of it.
_MAX_SHOWN = 200
_OWN_SOURCES = ("file_upload", "url_upload")
NO_SOURCE = (
    "has not been filled from a provider yet: start a job of linkedin_search, sales_navigator or"
    " post_commenters on it first"
)


async def start(
    connection: Connection, account_group_id: bytes, new: JobStart, key_id: bytes | None = None
) -> Job:
    """Makes a job, and its audience where that is new, in the caller's transaction.

    A dry run makes no audience. `key_id`: whose request it is. Raises Invalid, NotFound,
    AudienceNotReady, Conflict (name taken), QuotaExceeded, Impossible, ProviderNotConnected or
    InsufficientCredits.
    """
    on_known: OnKnown = "fill"
    mapping = None
    query = new.query
    if isinstance(new, FileUploadStart | UrlUploadStart):
        if isinstance(new, FileUploadStart):
            upload = await _uploaded(connection, account_group_id, new)
            mapping, on_known = new.columns, new.on_known or on_known
        else:
            upload = await _urls(connection, account_group_id, new.urls)
        audience_id = await _audience(connection, account_group_id, new)
    else:
        # The audience first: what is not there is said before what can't be done.
        audience_id = await _audience(connection, account_group_id, new)
        await _see_provider(connection, account_group_id, new.type, query)
        upload = await _no_rows_yet(connection, account_group_id)
    source = Source(new.type, query, new.max_results, new.search_emails)
    return await _begin(
        connection,
        account_group_id,
        audience_id,
        source,
        upload,
        mapping=upload.suggested_mapping if mapping is None else mapping,
        made_audience=audience_id is not None and new.audience_id is None,
        on_known=on_known,
        key_id=key_id,
        dry_run=new.only_tells,
    )


async def start_by_name(
    pool: Pool, account_group_id: bytes, name: Name, new: FileUploadStart
) -> Job:
    """Starts a job on the audience of this name, which is made if there is none.

    Raises what start() raises; Conflict only when others make and delete it all the time.
    """
    for attempt in range(_ATTEMPTS):
        try:
            async with db.transaction(pool) as connection:
                there = await audiences.find_by_name(connection, account_group_id, name.key)
                on = (None, name) if there is None else (Id(there), None)
                wanted = msgspec.structs.replace(new, audience_id=on[0], audience_name=on[1])
                return await start(connection, account_group_id, wanted)
        except Conflict:  # somebody else made the audience after we looked: look again
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises")


async def start_again(connection: Connection, account_group_id: bytes, audience_id: bytes) -> Job:
    """Fills an audience once more from what its last job asked a provider for.

    Raises NotFound, AudienceNotReady, QuotaExceeded, Impossible, ProviderNotConnected or
    InsufficientCredits.
    """
    await audiences.lock_ready(connection, account_group_id, audience_id)
    source = await store.find_source(connection, account_group_id, audience_id)
    if source is None:
        raise Impossible(Problem("audienceId", NO_SOURCE))
    await _see_provider(connection, account_group_id, source.type, source.query)
    upload = await _no_rows_yet(connection, account_group_id)
    return await _begin(
        connection,
        account_group_id,
        audience_id,
        source,
        upload,
        mapping=upload.suggested_mapping,
        made_audience=False,
    )


async def _begin(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    source: Source,
    upload: Upload,
    *,
    mapping: dict[str, str],
    made_audience: bool,
    on_known: OnKnown = "fill",
    key_id: bytes | None = None,
    dry_run: bool = False,
) -> Job:
    """The job itself, its credits set aside, its audience occupied and its work queued.

    `audience_id`: None for a dry run of one that is to be made.
    """
    await quotas.check_quota(connection, account_group_id, "jobs")
    if source.type == "url_upload":
        await upload_quotas.settle(connection, account_group_id, bytes.fromhex(upload.upload_id))
    # Held last, after the audience, and until the job is there: what is left is what it goes by.
    plan = await credit.lock_plan(connection, account_group_id)
    bounds = bounds_of(plan, source, upload.row_count)
    cost = (bounds.max_added or 0) * price(search_emails=source.search_emails)
    job_id, job = await store.create(
        connection,
        account_group_id,
        source=source,
        audience_id=audience_id,
        upload_id=bytes.fromhex(upload.upload_id),
        mapping=mapping,
        total_rows=upload.row_count,
        max_results=bounds.max_results,
        max_added=bounds.max_added,
        import_details=what_it_sets_aside(plan, cost) if dry_run else bounds.details,
        made_audience=made_audience,
        on_known=on_known,
        key_id=key_id,
        dry_run=dry_run,
    )
    if not dry_run:
        await credit.reserve(connection, account_group_id, job_id, plan, cost)
        if audience_id is not None:
            await audiences.occupy(connection, account_group_id, audience_id, job_id)
    work = queue.PROSPECTING if source.query is None else queue.PROVIDER
    await queue.enqueue(connection, work, account_group_id, job_id)
    return job


async def _see_provider(
    connection: Connection, account_group_id: bytes, type_: str, query: ProviderQuery | None
) -> None:
    """Raises ProviderNotConnected where there is nobody to ask, or nobody for such a source.

    Raises Impossible where it is uncertain what the provider would find.
    """
    stored = await connections.find(connection, account_group_id)
    if stored is None and not await directory.has_people(connection, account_group_id):
        raise ProviderNotConnected(
            details=f"{type_} needs a provider: connect one with `houselist providers connect`, or"
            " fill the directory with `houselist directory load`. Without one there are"
            f" {' and '.join(_OWN_SOURCES)}."
        )
    type_of = None if stored is None else PROVIDERS[stored.provider]
    title, sources = (type_of.title, type_of.sources) if type_of else _DIRECTORY
    if query is not None and (why := refusal(title, sources, query)):
        raise ProviderNotConnected.for_this(
            f"{why} Connect a provider that has them with `houselist providers connect`."
        )
    if type_of and type_of.sends_addresses and isinstance(query, SearchUrl):
        _refuse_uncertain(title, query)


def _refuse_uncertain(title: str, query: SearchUrl) -> None:
    """Raises Impossible for an address of which LinkedIn may heed only a part, without a word."""
    form = parse_search(query.url).form
    if form == "old":
        raise Impossible(
            Problem(
                "searchUrl",
                f"is an old form of address. {title} hands it to LinkedIn, which may ignore its"
                " filters and find the wrong people. Open it in a browser, set the filters again"
                " where they are lost, and give the address that the browser shows then",
            )
        )
    if form == "employees":
        raise Impossible(
            Problem(
                "searchUrl",
                f"is the list of people on a company's page, which is no search for {title}."
                " Search for people on LinkedIn, set the filter Current company, and give the"
                " address of that search",
            )
        )


async def _no_rows_yet(connection: Connection, account_group_id: bytes) -> Upload:
    """Where the rows of a provider will be kept as they come."""
    upload_id = await uploads.open_upload(connection, account_group_id)
    return await uploads.complete(
        connection,
        account_group_id,
        upload_id,
        columns=COLUMNS,
        suggested_mapping=MAPPING,
        row_count=0,
    )


async def _uploaded(
    connection: Connection, account_group_id: bytes, new: FileUploadStart
) -> Upload:
    upload = await uploads.get(connection, account_group_id, new.upload_id)
    check_mapping(new.columns or {}, upload.columns)
    mapping = upload.suggested_mapping if new.columns is None else new.columns
    check_identity(mapping, upload.columns)
    return upload


async def _urls(connection: Connection, account_group_id: bytes, urls: list[str]) -> Upload:
    """URLs become an upload of one column, so that both sources are read alike."""
    rows: list[Row] = [[url] for url in urls]
    return await given.keep(
        connection, account_group_id, [_URL_COLUMN], rows, {_URL_COLUMN: "linkedinUrl"}
    )


def check_mapping(mapping: dict[str, str], columns: list[str]) -> None:
    """Raises Invalid, naming every wrong entry: unknown columns, unknown or doubled fields.

    What tells who somebody is may have several columns, of which the first usable one is used.
    """
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    counts: Counter[str] = Counter()
    known = set(columns)
    there, fields = _listed(columns), ", ".join((*FIELDS, LEAVE_OUT))
    for column, field in mapping.items():
        path = f"columns.{column[:_MAX_SHOWN]}"
        if column not in known:
            problems.append(Problem(path, f"is no column of the file; it has {there}"))
        if field == LEAVE_OUT:
            continue
        if field not in FIELDS:
            shown = field[:_MAX_SHOWN]
            problems.append(Problem(path, f"{shown!r} is no field; choose from {fields}"))
        elif field in taken and field not in IDENTITY_FIELDS:
            other = taken[field][:_MAX_SHOWN]
            problems.append(Problem(path, f"{field} is mapped from {other!r} already"))
        elif counts[field] >= MAX_COLUMNS_A_FIELD:
            problems.append(
                Problem(path, f"{field} is mapped from {MAX_COLUMNS_A_FIELD} columns already")
            )
        counts[field] += 1
        taken.setdefault(field, column)
    if problems:
        raise Invalid(*problems)


def check_identity(mapping: dict[str, str], columns: list[str]) -> None:
    """Raises Impossible where no column tells who anybody is: every row would be refused."""
    if set(IDENTITY_FIELDS).isdisjoint(mapping.values()):
        raise Impossible(
            Problem(
                "columns",
                "no column tells who the people are: map one to"
                f" {', '.join(IDENTITY_FIELDS[:-1])} or {IDENTITY_FIELDS[-1]}."
                f" Columns of the file: {_listed(columns)}",
            )
        )


def _listed(columns: list[str]) -> str:
    """The names of a file's columns, the first of them where they are many or long."""
    names = ", ".join(map(_shown, columns[:_SHOWN_COLUMNS]))
    more = len(columns) - _SHOWN_COLUMNS
    return f"{names} and {more:,} more" if more > 0 else names


def _shown(column: str) -> str:
    return f"'{column}'" if len(column) <= _SHOWN_NAME else f"'{column[:_SHOWN_NAME]}…'"


async def _audience(connection: Connection, account_group_id: bytes, new: JobStart) -> bytes | None:
    """The audience to fill, held until the transaction ends. None if a dry run would make it."""
    folder = None
    if new.folder_id is not None:
        folder = await folders.get(connection, account_group_id, new.folder_id)
    not_ready = None
    if new.audience_id is not None:
        found, not_ready = await audiences.lock(connection, account_group_id, new.audience_id)
    elif new.audience_name is not None and new.only_tells:
        await audiences.check_new(connection, account_group_id, new.audience_name)
        if folder:
            check_type(folder, new.type)
        return None
    elif new.audience_name is not None:
        found = await audiences.create(
            connection, account_group_id, name=new.audience_name, type_=new.type
        )
    else:
        raise Invalid(Problem("audienceId", "give exactly one of audienceId and audienceName"))
    if not_ready:
        raise not_ready
    audience_id = bytes.fromhex(found.id)
    if folder and new.folder_id:
        check_type(folder, found.type)
        if new.only_tells:
            return audience_id
        await audiences.put_in_folder(connection, account_group_id, audience_id, new.folder_id)
    return audience_id
