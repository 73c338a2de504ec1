"""Who may take the trail out of the portal, and who may have what was taken."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from cqms.access.policies import Policy, exists_for, may, may_somewhere, policy
from cqms.access.reach import LANE_CAPABILITY, Reach, narrowings, narrowings_then, reach_of
from cqms.accounts.models import User
from cqms.audit.models import Lane, kind_of
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.records.story import moves_out_of_sight
from cqms.reports.models import Report

may_inspect_record = may(Capability.INSPECT)
may_inspect_somewhere = may_somewhere(Capability.INSPECT)


def may_export(subject: Any) -> Policy:
    """The rule for the trail of one record, or of the organization: there everybody gets what they may see."""
    return may_inspect_somewhere if subject is None else may_inspect_record


@policy("This report holds entries that your roles here do not let you see.")
def may_see_all_of(person: User, report: Report) -> bool:
    """Seeing every entry that a report holds, in the lanes where the records are, and each record that it names."""
    reach = reach_of(person)
    if not all(_is_open(reach, lane, report, person) for lane in report.lanes) or _was_closed(person, report):
        return False
    if _is_of_other_sites(person, report) or _names_unseen(person, report):
        return False
    if Capability.INSPECT in reach.everywhere:
        return True
    held = (kind and pk in reach.ids(Capability.INSPECT, kind) for kind, pk in report.reaches)
    return reach.anywhere(Capability.INSPECT) and all(held)


def _is_open(reach: Reach, lane: str, report: Report, person: User) -> bool:
    """Whether a lane is open wherever the entries of a report belong; who exported it saw only what was open."""
    needed = LANE_CAPABILITY.get(Lane(lane))
    if needed is None or needed in reach.everywhere:
        return True
    if report.exported_by_id == person.pk:
        return reach.anywhere(needed)
    return all(kind and pk in reach.ids(needed, kind) for kind, pk in report.reaches)


def _is_of_other_sites(person: User, report: Report) -> bool:
    """Whether the report may hold entries of sites that its reader does not see: its exporter saw more of a place."""
    told = {(kind, pk) for kind, pk in report.reaches}
    mine = {place: only for place, only in narrowings(person).items() if place in told}
    if not mine:
        return False
    theirs = narrowings_then(report.exported_by, report.exported_at)
    return not all(place in theirs and _within(theirs[place], only) for place, only in mine.items())


def _within(inner: tuple[set[str], set[str]], outer: tuple[set[str], set[str]]) -> bool:
    return inner[0] <= outer[0] and inner[1] <= outer[1]


def _was_closed(person: User, report: Report) -> bool:
    """Whether something that the report may hold moved, since it was made, to a lane that is closed to the reader."""
    if hasattr(report, "holds_closed"):
        return bool(report.holds_closed)
    return bool(with_moves(person, Report.objects.filter(pk=report.pk)).get().holds_closed)


def with_moves(person: User, reports: QuerySet[Report]) -> QuerySet[Any]:
    """The reports, each with `holds_closed`: what `_was_closed` asks, for all of them at once."""
    told = Q(subject_kind=OuterRef("record_kind"), subject_id=OuterRef("record_id"))
    told |= Q(anchor_kind=OuterRef("record_kind"), anchor_id=OuterRef("record_id"))
    moved = moves_out_of_sight(person).filter(at__gt=OuterRef("exported_at"))
    of_all = Q(record_id__isnull=True) & Exists(moved)
    return reports.annotate(holds_closed=Case(When(of_all, then=True), default=Exists(moved.filter(told))))


def _names_unseen(person: User, report: Report) -> bool:
    """Whether a record that the report names does not exist for the reader: by place, site or lane, as it is now."""
    known: set[str] = report.known if hasattr(report, "known") else known_of(person, [report])
    return not known.issuperset(report.names)


def known_of(person: User, reports: Iterable[Report]) -> set[str]:
    """Of the records that some reports name, as `kind:id`, those that exist for a person; a query for each kind.

    Who is a member is told wherever a record is linked with a person.
    """
    asked: dict[str, set[int]] = defaultdict(set)
    for report in reports:
        for name in report.names:
            kind, _, pk = name.partition(":")
            asked[kind].add(int(pk))
    known = {f"{kind_of(Membership)}:{pk}" for pk in asked.pop(kind_of(Membership), ())}
    for kind, pks in asked.items():
        rows = apps.get_model(kind)._default_manager.filter(pk__in=pks)
        known |= {f"{kind}:{each.pk}" for each in rows if exists_for(person, each)}
    return known
