"""What is written down about looking: all that an inspector sees, and by anybody what stands in a closed lane."""

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.organizations.models import Membership


def note_view(reader: User, record: object, what: str, membership: Membership | None = None) -> None:
    """Write down that a page, or an answer of the API, was seen; `what` is its path.

    Without a record it is told at the reader's membership (EMA 6.2.1, ICH E6(R3) 3.16).
    """
    lane = getattr(record, "lane", Lane.GENERAL) if record is not None else Lane.GENERAL
    if lane == Lane.GENERAL and not reach_of(reader).is_inspector:
        return
    about = record or membership or Membership.objects.get(user=reader)
    audit.append(about, actor=reader, verb="view", sentence=f"viewed the page “{what}”"[:300])  # type: ignore[arg-type]
