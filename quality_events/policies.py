"""Who may do what with quality events. The sentences are read on screen."""

from dataclasses import replace
from typing import Any

from cqms.access.policies import Policy, is_owner, may, may_somewhere, policy
from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from quality_events.duties import OWNER_DOES_NOT_ASSURE

may_read_somewhere = may_somewhere(Capability.READ)
may_report = may(Capability.CONTRIBUTE)
may_report_somewhere = may_somewhere(Capability.CONTRIBUTE)
is_quality_assurance = may(Capability.ASSURE)
is_quality_head = may(Capability.HEAD)
leads = may(Capability.LEAD)
advises = may(Capability.ADVISE)
may_export = may(Capability.INSPECT)
may_export_somewhere = may_somewhere(Capability.INSPECT)


@policy("Only the owner of this record or quality assurance may do this.")
def owns_or_assures(person: User, record: Any) -> bool:
    """Answering for the record, or deciding for quality assurance."""
    return is_owner(person, record) or is_quality_assurance(person, record)


@policy("Only who reported this, its owner or quality assurance may do this.")
def takes_part(person: User, record: Any) -> bool:
    """Having reported it, answering for it, or deciding for quality assurance."""
    return record.reporter_id == person.pk or owns_or_assures(person, record)


@policy("Only somebody who is unblinded may do this.", "This part is for somebody who is blinded.")
def is_unblinded(person: User, _record: Any) -> bool:
    """Seeing records that tell who received what."""
    return reach_of(person).anywhere(Capability.SEE_UNBLINDED)


may_edit: Policy = takes_part
may_attach: Policy = may_report | takes_part
owns: Policy = replace(is_owner, reverse=OWNER_DOES_NOT_ASSURE.sentence)
