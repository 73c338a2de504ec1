"""Who may take the trail out of the portal, and who may have what was taken."""

from typing import Any

from cqms.access.policies import Policy, may, may_somewhere, policy
from cqms.access.reach import may_see_lane, reach_of
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.reports.models import Report

may_inspect_record = may(Capability.INSPECT)
may_inspect_somewhere = may_somewhere(Capability.INSPECT)


def may_export(subject: Any) -> Policy:
    """The rule for the trail of one record, or of the organization: there everybody gets what they may see."""
    return may_inspect_somewhere if subject is None else may_inspect_record


@policy("This report holds entries that your roles here do not let you see.")
def may_see_all_of(person: User, report: Report) -> bool:
    """Seeing every entry that a report holds."""
    reach = reach_of(person)
    if not all(may_see_lane(reach, lane) for lane in report.lanes):
        return False
    if Capability.INSPECT in reach.everywhere:
        return True
    held = (kind and pk in reach.ids(Capability.INSPECT, kind) for kind, pk in report.reaches)
    return reach.anywhere(Capability.INSPECT) and all(held)
