"""The past as one reader may see it: the lane a record was in then counts as well as the one it is in now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from cqms.access.reach import hidden_fields, may_see_lane, reach_of
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.past import Past, past_of
from cqms.audit.timeline import Selection
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.records.naming import fields_unseen
from cqms.records.story import seen_by
from cqms.signatures.models import Signature

MOST_PARTS = 100


@dataclass(frozen=True)
class Parts:
    """What was told on the page of a record by a moment: the newest entry about each, `more` when there are others."""

    newest: Sequence[AuditEvent]
    more: bool


def fields_not_told(reader: User, record: TrackedModel) -> frozenset[str]:
    """The fields whose past the reader may not know of: in a closed lane, or naming what does not exist for them."""
    return hidden_fields(reader, record) | fields_unseen(reader, record)


def past_for(reader: User, record: TrackedModel, moment: dt.datetime) -> Past | None:
    """The record as it was; None before it began, and while it was in a lane that the reader may not know of."""
    found = past_of(record, moment, fields_not_told(reader, record))
    return found if found is not None and may_see_lane(reach_of(reader), found.lane, record) else None


def parts_then(reader: User, record: TrackedModel, moment: dt.datetime, capability: Capability) -> Parts:
    """The records that belonged to this one by then, as their newest entry names them; one query."""
    told = Selection(subject=record, end=moment + dt.timedelta(microseconds=1)).events()
    own = Q(record_kind=kind_of(record), record_id=record.pk)
    rows = seen_by(reader, told, capability).filter(subject_kind=kind_of(record), subject_id=record.pk).exclude(own)
    rows = rows.order_by("record_kind", "record_id", "-id").distinct("record_kind", "record_id")
    found = list(rows[: MOST_PARTS + 1])
    return Parts(found[:MOST_PARTS], more=len(found) > MOST_PARTS)


def signatures_then(record: TrackedModel, moment: dt.datetime) -> list[Signature]:
    """The signatures that stood under the record by then, the oldest first."""
    return list(
        Signature.objects.filter(record_kind=kind_of(record), record_id=record.pk, signed_at__lte=moment).order_by("id")
    )
