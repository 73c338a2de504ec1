"""Reports as people find them."""

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.organizations.models import TrackedModel
from cqms.reports.models import Report
from cqms.reports.policies import known_of, may_see_all_of, with_moves

_MOST = 200


def reports_for(person: User, record: TrackedModel | None = None) -> list[Report]:
    """The newest reports, of one record or of all, that the person may have."""
    rows = Report.objects.select_related("exported_by", "file").prefetch_related("further__file").order_by("-id")
    if record is not None:
        rows = rows.filter(record_kind=kind_of(record), record_id=record.pk)
    found = list(with_moves(person, rows)[:_MOST])
    known = known_of(person, found)
    for report in found:
        report.known = known
    return [report for report in found if may_see_all_of(person, report)]


def report_for(person: User, number: str) -> Report:
    """A report by its number. Raises Report.DoesNotExist, also for who may not see all of it."""
    report: Report = Report.objects.select_related("exported_by", "file").get(number=number)
    if not may_see_all_of(person, report):
        raise Report.DoesNotExist
    return report
