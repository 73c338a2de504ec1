"""Who may do what with process deviations. The sentences are read on screen."""

from typing import Any

from cqms.access.policies import policy
from cqms.accounts.models import User
from quality_events.duties import REQUESTER_OF_CHANGE


@policy("Only who asked for it may do this.", REQUESTER_OF_CHANGE.sentence)
def asked_for_it(person: User, record: Any) -> bool:
    """Having reported or requested it."""
    return record.reporter_id == person.pk
