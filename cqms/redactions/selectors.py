"""Reading redactions, what one of them covers, and which exports with the words were made before."""

import hashlib
from collections import defaultdict
from typing import Any

from django.db.models import Q, QuerySet

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.reach import lane_filter, people_with, reach_of
from cqms.accounts.models import User
from cqms.audit.ledger.tombstones import LedgerTombstone
from cqms.audit.models import AuditEvent, kind_of
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.records.models import find
from cqms.redactions.models import Redaction, RedactionWords
from cqms.reports.models import Report


def redactions_for(reader: User) -> QuerySet[Redaction]:
    """The redactions of records in the reader's lanes and places."""
    reach = reach_of(reader)
    rows: QuerySet[Redaction] = Redaction.objects.filter(lane_filter(reach)).select_related(
        "owner", "approver", "approved_by", "organization"
    )
    if Capability.READ in reach.everywhere:
        return rows
    places = Q(pk__in=())
    for kind in anchors():
        if kind != ORGANIZATION:
            places |= Q(anchor_kind=kind, anchor_id__in=reach.ids(Capability.READ, kind))
    return rows.filter(places)


def naming(record: TrackedModel) -> QuerySet[Redaction]:
    """The redactions of a record, which name it."""
    return Redaction.objects.filter(record_kind=kind_of(record), record_id=record.pk)


def record_of(redaction: Redaction) -> Any:
    """The record it was asked for on."""
    return find(redaction.record_kind, redaction.record_id)


def words_of(redaction: Redaction) -> list[str]:
    """The words that shall go; empty once it is decided."""
    row: RedactionWords | None = RedactionWords.objects.filter(redaction=redaction).first()
    return list(row.words) if row is not None else []


def approvers_for(asker: User, record: Any) -> list[User]:
    """Who can approve a redaction that this person asks for."""
    return [person for person in people_with(Capability.ASSURE, record) if person.pk != asker.pk]


def tombstone_count(redaction: Redaction) -> int:
    """How many entries of the log were redacted."""
    return int(LedgerTombstone.objects.filter(redaction_id=redaction.pk).count())


def tombstones_digest(redaction_id: int) -> str:
    """SHA-256 over which rows were written over in the name of a redaction, with their hashes before and since."""
    digest = hashlib.sha256()
    for each in LedgerTombstone.objects.filter(redaction_id=redaction_id).order_by("pk"):
        hashes = f"{bytes(each.old_hash).hex()} {bytes(each.new_hash).hex()}"
        digest.update(f"{each.table} {each.row_id} {hashes}\n".encode())
    return digest.hexdigest()


def exports_with(record: TrackedModel) -> list[dict[str, Any]]:
    """The exports that can hold entries of a record, newest first: number, who made each, when, and who took it.

    Those of the record itself, of a place it belongs to, and of the whole organization.
    """
    covers = Q(record_kind=kind_of(record), record_id=record.pk) | Q(record_id__isnull=True)
    for kind, pk in record.anchors().items():
        covers |= Q(record_kind=kind, record_id=pk)
    reports = list(Report.objects.filter(covers).select_related("exported_by").order_by("-pk"))
    taken = _taken(reports)
    return [
        {
            "number": report.number,
            "by": report.exported_by.name,
            "at": f"{report.exported_at:%Y-%m-%d %H:%M} UTC",
            "taken": sorted(taken[report.pk]),
        }
        for report in reports
    ]


def _taken(reports: list[Report]) -> dict[int, set[str]]:
    """Who downloaded which report."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = AuditEvent.objects.filter(
        record_kind=kind_of(Report), record_id__in=[report.pk for report in reports], verb="download"
    )
    for pk, name in rows.order_by().values_list("record_id", "actor_name").distinct():
        found[pk].add(name)
    return found
