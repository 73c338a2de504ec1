"""What belongs to a record in a lane of its own: which lanes one may choose, and which parts one may see."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from cqms.access.policies import exists_for
from cqms.access.reach import may_see_lane, reach_of
from cqms.accounts.models import User
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import Denied

Part = TypeVar("Part", bound=Model)


def demand_sight(actor: User, record: Any) -> None:
    """Go on when the record exists for the actor. Raises Denied with the same words whatever hides it."""
    if not exists_for(actor, record):
        raise Denied("There is no such record, or it is not yours to see.")


def lanes_open_to(person: User, record: Any) -> list[Lane]:
    """The lanes in which a person may put what belongs to a record: those they may see where it is."""
    return [lane for lane in Lane if may_see_lane(reach_of(person), lane, record)]


def check_lane(person: User, record: Any, lane: str) -> None:
    """Go on when the person may see the lane. Raises ValidationError beside the field."""
    if lane not in lanes_open_to(person, record):
        raise ValidationError({"lane": "You may not see this lane yourself. Choose another one."})


def seen_parts(parts: QuerySet[Part], record: Any, reader: User) -> QuerySet[Part]:
    """Those parts of one record whose lane the reader may see; the record itself exists for them."""
    return parts.filter(record_kind=kind_of(record), record_id=record.pk, lane__in=lanes_open_to(reader, record))
