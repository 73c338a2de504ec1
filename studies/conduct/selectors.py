"""Reads of milestones, protocol versions and participants, shaped for the page of a study."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet, Sum

from cqms.accounts.models import User
from studies.models import Milestone, MilestoneKind, Participants, ProtocolVersion, Site, Study
from studies.selectors import Enrolment, participants_for, sites_for


def milestones_of(study: Study) -> list[Milestone]:
    """The milestones that are planned or came, in their usual order."""
    order = {kind: place for place, kind in enumerate(MilestoneKind.values)}
    return sorted(Milestone.objects.filter(study=study), key=lambda each: order[each.kind])


def protocol_versions_of(study: Study) -> QuerySet[ProtocolVersion]:
    """The versions of the protocol, newest first."""
    return ProtocolVersion.objects.filter(study=study).select_related("study").order_by("-dated_on", "-pk")


def protocol_in_force(study: Study, day: dt.date) -> ProtocolVersion | None:
    """The version of the protocol in force on a day; None before the first."""
    started = ProtocolVersion.objects.filter(study=study, in_force_from__lte=day)
    return started.order_by("-in_force_from", "-pk").first()


def numbers_of_month(person: User, study: Study, month: dt.date) -> dict[int, Participants]:
    """What was noted for one month at the sites that a person sees, by id of the site."""
    return {row.site_id: row for row in participants_for(person, study).filter(month=month)}


def months_of(person: User, study: Study) -> Sequence[tuple[dt.date, Enrolment]]:
    """Participants by month at the sites that a person sees, oldest first."""
    rows = (
        participants_for(person, study).order_by("month").values("month").annotate(a=Sum("screened"), b=Sum("enrolled"))
    )
    return [(row["month"], Enrolment(row["a"], row["b"])) for row in rows]


def recruiting_sites(study: Study, person: User) -> list[Site]:
    """The sites a person sees that can have participants: all that were ever opened, by number."""
    return list(sites_for(person, study).exclude(status__in=("planned", "withdrawn")))
