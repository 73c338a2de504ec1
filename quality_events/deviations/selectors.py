"""Reads of deviations: the specification that holds, repeats, and what a freeze is over."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, Lane, kind_of
from quality_events.deviations.categories import Category, read
from quality_events.deviations.models import (
    DeviationState,
    Freeze,
    FreezeState,
    Importance,
    ProtocolDeviation,
    Specification,
    SpecificationState,
)
from quality_events.deviations.sampling import DRAWN
from quality_events.issues.models import QualityIssue
from quality_events.models import EventLink
from quality_events.selectors import events_for
from studies.models import Study


@dataclass(frozen=True)
class Content:
    """What a freeze signs: how many deviations, how many important ones, and the hash of their classification."""

    deviations: int
    important: int
    sha256: str


def specification_of(study: Study | None) -> Specification | None:
    """The approved specification of a study."""
    rows = Specification.objects.filter(study=study, state=SpecificationState.APPROVED) if study else None
    found: Specification | None = rows.first() if rows is not None else None
    return found


def categories_of(specification: Specification | None) -> dict[str, Category]:
    """The categories of a specification by key."""
    return {each.key: each for each in read(specification.categories)} if specification is not None else {}


def freezes_of(study: Study | None) -> list[Freeze]:
    """The signed freezes of a study: the first, and those that amend it, in their order."""
    return list(Freeze.objects.filter(study=study, state=FreezeState.FROZEN).order_by("pk")) if study else []


def last_freeze(study: Study | None) -> Freeze | None:
    """The freeze that holds: the last one that was signed."""
    return next(reversed(freezes_of(study)), None)


def prepared_freeze(study: Study | None) -> Freeze | None:
    """The freeze of a study that waits for signatures."""
    found: Freeze | None = Freeze.objects.filter(study=study, state=FreezeState.PREPARED).first() if study else None
    return found


def late_ones(freeze: Freeze) -> int:
    """How many deviations in the general lane were classified after a freeze; no amendment holds them then."""
    rows = ProtocolDeviation.objects.filter(classified_after=freeze, lane=Lane.GENERAL)
    return rows.exclude(state=DeviationState.VOIDED).count()


def content_of(study: Study) -> Content:
    """The classification as it is now, of what stands in the open; voided deviations are left out.

    Two of the three who sign it are blinded, and a number or a hash would tell them that there is more.
    """
    rows = _valid(ProtocolDeviation.objects.filter(study=study, lane=Lane.GENERAL))
    lines = list(rows.values_list("number", "category", "importance"))
    text = "".join(f"{number}\t{category}\t{importance}\n" for number, category, importance in lines)
    important = sum(importance == Importance.IMPORTANT for _, _, importance in lines)
    return Content(len(lines), important, hashlib.sha256(text.encode()).hexdigest())


def unclassified(study: Study, reader: User | None) -> list[ProtocolDeviation]:
    """The deviations of a study that nobody classified yet, as far as they exist for the reader."""
    return list(_existing(study, reader).filter(importance=""))


def unconfirmed(study: Study, reader: User | None) -> list[ProtocolDeviation]:
    """Those that concern safety and that no medical monitor confirmed yet, as far as they exist for the reader."""
    return list(_existing(study, reader).filter(safety=True, confirmed_at__isnull=True))


def _existing(study: Study, reader: User | None) -> QuerySet[ProtocolDeviation]:
    rows = ProtocolDeviation.objects.all() if reader is None else events_for(ProtocolDeviation, reader)
    return _valid(rows.filter(study=study))


def _valid(rows: QuerySet[ProtocolDeviation]) -> QuerySet[ProtocolDeviation]:
    return rows.exclude(state=DeviationState.VOIDED).order_by("number")


def was_drawn(deviation: ProtocolDeviation) -> bool:
    """Whether it was in the sample of quality assurance before: then it ends there and not by its owner alone."""
    about = AuditEvent.objects.filter(subject_kind=kind_of(deviation), subject_id=deviation.pk)
    return bool(about.filter(verb=DRAWN).exists())


def repeats_of(deviation: ProtocolDeviation, days: int) -> list[ProtocolDeviation]:
    """The most deviations of its category at its site within so many days that include its own; the oldest first.

    In which order they were classified makes no difference.
    """
    day = _day_of(deviation)
    rows = ProtocolDeviation.objects.filter(
        study=deviation.study, site=deviation.site, category=deviation.category, lane=deviation.lane
    ).exclude(state=DeviationState.VOIDED)
    span = dt.timedelta(days=days)
    near = [each for each in rows.order_by("pk") if abs(_day_of(each) - day) <= span]
    starts = sorted({_day_of(each) for each in near if _day_of(each) <= day})
    windows = [[each for each in near if start <= _day_of(each) <= start + span] for start in starts]
    return max(windows, key=len)


def was_raised(repeats: Sequence[ProtocolDeviation]) -> bool:
    """Whether an issue of the repeat rule names one of these for the same category already."""
    to_them = EventLink.objects.filter(
        from_kind=kind_of(QualityIssue), to_kind=kind_of(ProtocolDeviation), to_id__in=[each.pk for each in repeats]
    )
    raised = QualityIssue.objects.filter(rule_kind=kind_of(Specification), rule_category=repeats[0].category)
    return raised.filter(pk__in=to_them.values("from_id")).exists()


def _day_of(deviation: ProtocolDeviation) -> dt.date:
    return deviation.occurred_on or deviation.discovered_on
