"""What a signature covers: the declared fields and files of a record, as one canonical text."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import models

from cqms.audit.ledger.tombstones import tombstones_of, unapproved
from cqms.audit.models import kind_of
from cqms.organizations.models import TrackedModel
from cqms.organizations.prepared import Prepared
from cqms.signatures.models import Signature
from cqms.signatures.proofs import proof_holds

_FORMAT = 1


@dataclass(frozen=True)
class Difference:
    """A signed field or file that is not any more what was signed."""

    label: str
    signed: str
    now: str


@dataclass(frozen=True)
class Verification:
    """Whether a signature still covers its record. `damaged` means that the signature itself was altered."""

    damaged: bool
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """True when the record is exactly what was signed."""
        return not self.damaged and not self.differences


def canonical(record: TrackedModel) -> str:
    """The signed content of a record: JSON with sorted keys, UTF-8, no insignificant space, format 1.

    A record declares `signed_fields`, and `signed_files()` where files belong to it (name → SHA-256). State,
    effective date and the signature page are never part of it, so later legal steps keep signatures valid.
    """
    fields = {name: _plain(record, name) for name in record.signed_fields}  # type: ignore[attr-defined]
    files = record.signed_files() if hasattr(record, "signed_files") else {}
    return canonical_text(kind_of(record), record.pk, fields, files)


def canonical_text(kind: str, pk: int, fields: dict[str, Any], files: dict[str, str]) -> str:
    """The text of that content: `fields` by name as plain values, `files` by name as SHA-256."""
    content = {"format": _FORMAT, "kind": kind, "id": pk, "fields": fields, "files": files}
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(content: str) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


def verify(signature: Signature, record: TrackedModel) -> Verification:
    """Compare what was signed with the record as it is now (21 CFR 11.70)."""
    signed = json.loads(signature.content)
    about = (signed["kind"], signed["id"])
    if about != (signature.record_kind, signature.record_id) or about != (kind_of(record), record.pk):
        return Verification(damaged=True, differences=())
    is_changed = digest(signature.content) != signature.content_hash and not _is_redacted(signature)
    damaged = is_changed or not proof_holds(signature)
    now = json.loads(canonical(record))
    differences = [
        Difference(_label(record, name), _text(signed[part].get(name)), _text(now[part].get(name)))
        for part in ("fields", "files")
        for name in sorted({*signed[part], *now[part]})
        if signed[part].get(name) != now[part].get(name)
    ]
    return Verification(damaged, tuple(differences))


def _is_redacted(signature: Signature) -> bool:
    """Whether two people had words taken out of the signed content; the hash of what was signed stays."""
    found = tombstones_of(Signature._meta.db_table, [signature.pk]).get(signature.pk, [])
    return bool(found) and not unapproved(found[:1])


def _plain(record: TrackedModel, name: str) -> Any:
    columns = {field.name: field.attname for field in record._meta.concrete_fields}
    value = getattr(record, columns[name])
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def _label(record: TrackedModel, name: str) -> str:
    names = {field.name: str(field.verbose_name) for field in record._meta.concrete_fields}
    return names.get(name, f"{name} file")


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def signatures_of(record: models.Model) -> list[Signature]:
    """Every signature on a record, in the order of signing."""
    return _ON_RECORD.ask(kind=kind_of(record), pk=record.pk)


def _on_record(kind: str, pk: int) -> models.QuerySet[Signature]:
    return Signature.objects.filter(record_kind=kind, record_id=pk).order_by("id")


_ON_RECORD = Prepared(_on_record, kind=str, pk=int)
