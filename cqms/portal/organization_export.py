"""Everything that one organization holds, as one archive for whoever runs the portal: to hand over, or to keep.

Which tables there are is asked of the registry that also builds the wall between organizations, so a new one is in
the archive the moment it exists. The rows are read at one moment, whatever the portal does meanwhile.
"""

import datetime as dt
import hashlib
import json
import os
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from cqms.accounts.models import User
from cqms.api.models import ApiToken
from cqms.attachments.models import StoredFile
from cqms.attachments.services import check, why_not_here
from cqms.audit import services as audit
from cqms.audit.ledger.arming import belongs_to_portal, sealed_models
from cqms.audit.ledger.models import LedgerLayout, LedgerQueue
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.organizations.selectors import organization_named
from cqms.organizations.walls import scoped_models

Tell = Callable[[str, int, int], None]

WITHHELD = frozenset({"sealed_secret", "digest"})
"""Columns that let somebody in elsewhere: the sealed secret of a provider, the hashes of tokens."""
_UNNAMED: dict[str, Any] = {"row_id": None, "salt": None}
"""What stays unsaid of a leaf about an account: the log of who keeps the portal seals those of everybody's people."""
_CHUNK = 2000
_PIECE = 1 << 20
_SUMS = "SHA256SUMS"
_PLAIN: dict[type, Callable[[Any], str]] = {
    dt.datetime: lambda moment: moment.isoformat(),
    dt.date: lambda day: day.isoformat(),
    dt.timedelta: lambda span: f"{span.total_seconds()} s",
    Decimal: str,
    uuid.UUID: str,
    bytes: bytes.hex,
    memoryview: lambda view: bytes(view).hex(),
}


@dataclass
class Exported:
    """What the archive holds: rows by table, files, its SHA-256 once it is whole; which files are not in it, and why.

    `redacted` are those taken away on purpose, `damaged` those that should be there.
    """

    organization: Organization
    made_at: dt.datetime = field(default_factory=timezone.now)
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    redacted: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    sha256: str = ""


def export_organization(slug: str, target: Path, *, reason: str, tell: Tell) -> Exported:
    """Write the archive, whole or not at all, and say so in the trail of the organization.

    A stored file that is damaged or gone is named in `damaged`. Raises ValidationError for an unknown organization,
    a file that exists already and a folder that does not.
    """
    organization = organization_named(slug)
    if target.exists():
        raise ValidationError(f"{target} exists already: choose another name.")
    if not target.parent.is_dir():
        raise ValidationError(f"The folder {target.parent} does not exist: make it, or choose another one.")
    new = target.with_name(f"{target.name}.new")
    try:
        with _private(new) as stream, _at_one_moment(), scope(organization):
            exported = _write(organization, stream, tell)
        with new.open("rb") as whole:
            exported.sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
        _tell_the_trail(exported, reason)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    return exported


@contextmanager
def _private(file: Path) -> Iterator[IO[bytes]]:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def _at_one_moment() -> Iterator[None]:
    """Every query in here sees the same rows, and none can change any."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _tell_the_trail(exported: Exported, reason: str) -> None:
    facts = [("rows", f"{sum(exported.rows.values()):,}"), ("files", f"{exported.files:,}"),
             ("SHA-256 of the archive", exported.sha256)]  # fmt: skip
    with scope(exported.organization):
        audit.append(
            exported.organization,  # type: ignore[arg-type]
            actor=None,
            verb="export",
            sentence="exported everything the organization holds, for whoever runs the portal",
            changes=[{"field": "", "label": label, "old": "", "new": value} for label, value in facts],
            reason=reason,
        )


def _write(organization: Organization, stream: IO[bytes], tell: Tell) -> Exported:
    exported, sums = Exported(organization), {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        people: set[int] = set()
        tables = list(_tables(organization))
        for count, (name, rows) in enumerate(tables, 1):
            tell(f"Table {name}", count, len(tables))
            member = f"tables/{name}.jsonl"
            exported.rows[name], sums[member] = _write_rows(archive, member, rows, people)
        named = User.objects.filter(pk__in=people)
        exported.rows["people"], sums["people.jsonl"] = _write_rows(
            archive, "people.jsonl", named, set(), ("id", "email", "name", "zone")
        )
        sums |= dict(_write_files(archive, exported, tell))
        words = render_to_string("portal/organization_export.txt", {"exported": exported, "withheld": sorted(WITHHELD)})
        sums["README.txt"] = _write_text(archive, "README.txt", words)
        _write_text(archive, _SUMS, "".join(f"{digest}  {member}\n" for member, digest in sorted(sums.items())))
    return exported


def _tables(organization: Organization) -> Iterator[tuple[str, QuerySet[Any]]]:
    """Every table by name, limited to rows of the organization; and the layouts by which the ledger is read."""
    yield "organizations.organization", Organization.objects.filter(pk=organization.pk)
    for model in sorted((*scoped_models(), ApiToken), key=lambda each: each._meta.label_lower):
        rows = QuerySet(model).filter(organization_id=organization.pk)
        # what waits about accounts is not sealed, so no tree needs it
        yield model._meta.label_lower, rows.exclude(layout__source__in=_of_accounts()) if model is LedgerQueue else rows
    yield LedgerLayout._meta.label_lower, LedgerLayout.objects.all()


def _write_rows(
    archive: zipfile.ZipFile, member: str, rows: QuerySet[Any], people: set[int], only: tuple[str, ...] = ()
) -> tuple[int, str]:
    """Write rows as JSON, one a line, and note whom they name; how many there were, and the SHA-256 of the member."""
    columns = only or tuple(each.attname for each in rows.model._meta.concrete_fields if each.name not in WITHHELD)
    naming = _columns_of_people(rows.model)
    count, digest = 0, hashlib.sha256()
    with archive.open(member, "w", force_zip64=True) as target:
        for row in _read(rows, columns):
            count += 1
            people.update(row[name] for name in naming if row.get(name) is not None)
            line = json.dumps(row, default=_plain, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            target.write(line)
    return count, digest.hexdigest()


def _of_accounts() -> list[str]:
    """The tables about accounts that are sealed in the log of who keeps the portal."""
    return [model._meta.db_table for model in sealed_models() if belongs_to_portal(model)]


def _columns_of_people(model: type[Model]) -> list[str]:
    keys = [each.attname for each in model._meta.concrete_fields if each.related_model is User]
    return [*keys, "history_user_id"]


def _read(rows: QuerySet[Any], columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The rows by key, a chunk at a time, so that a large table needs no more memory than a small one."""
    key = rows.model._meta.pk.attname
    ordered, last = rows.order_by("pk").values(*columns), None
    of_accounts = set(LedgerLayout.objects.filter(source__in=_of_accounts()).values_list("pk", flat=True))
    while chunk := list((ordered if last is None else ordered.filter(pk__gt=last))[:_CHUNK]):
        yield from (row if row.get("layout_id") not in of_accounts else row | _UNNAMED for row in chunk)
        last = chunk[-1][key]


def _write_files(archive: zipfile.ZipFile, exported: Exported, tell: Tell) -> Iterator[tuple[str, str]]:
    stored = list(StoredFile.objects.order_by("sha256"))
    for count, file in enumerate(stored, 1):
        tell("Files", count, len(stored))
        if (sentence := why_not_here(file)) or (problem := check(file)):
            (exported.redacted if sentence else exported.damaged).append(f"{file.sha256}: {sentence or problem}")
            continue
        member = f"files/{file.sha256[:2]}/{file.sha256}"
        with file.path.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
            while piece := source.read(_PIECE):
                target.write(piece)
        exported.files += 1
        yield member, file.sha256


def _write_text(archive: zipfile.ZipFile, member: str, text: str) -> str:
    content = text.encode()
    archive.writestr(member, content)
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> str:
    return _PLAIN[type(value)](value)
