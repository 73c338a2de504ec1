"""What is written down about looking: all that an inspector sees, and by anybody what stands in a closed lane."""

from cqms.access.reach import lanes_of, reach_of
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.organizations.models import Membership


def note_view(reader: User, record: object, what: str, membership: Membership | None = None, lane: str = "") -> None:
    """Write down that a page, or an answer of the API, was seen; `what` is its path, `lane` that of fields it shows.

    Without a record it is told at the reader's membership (EMA 6.2.1, ICH E6(R3) 3.16).
    """
    is_open = record is None or lanes_of(record) == {Lane.GENERAL}
    if is_open and not lane and not reach_of(reader).is_inspector:
        return
    about = record or membership or Membership.objects.get(user=reader)
    audit.append(about, actor=reader, verb="view", sentence=f"viewed the page “{what}”"[:300], lane=lane)  # type: ignore[arg-type]
