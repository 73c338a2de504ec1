"""Everything that changes milestones, protocol versions and numbers of participants."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cqms.access.narrowing import is_elsewhere
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.audit.refusals import Changed, Denied, refusable
from cqms.organizations import scope
from cqms.workflow import gates
from studies import policies
from studies.models import Milestone, MilestoneKind, Participants, ProtocolVersion, Site, Study
from studies.partial_dates import first_day, last_day
from studies.services import demand_revision, locked

_ORDER = [
    (MilestoneKind.FIRST_PARTICIPANT, MilestoneKind.LAST_PARTICIPANT),
    (MilestoneKind.LAST_PARTICIPANT, MilestoneKind.LAST_VISIT),
    (MilestoneKind.LAST_VISIT, MilestoneKind.DATABASE_LOCK),
    (MilestoneKind.DATABASE_LOCK, MilestoneKind.REPORT),
]
"""Pairs of which the second cannot come before the first."""

READY = "studies.study.first_participant"
"""The gate before the first participant of a study: what is not in place yet needs a reason, told in the trail."""


@dataclass(frozen=True)
class ProtocolFacts:
    """What is said of a version of the protocol."""

    label: str
    dated_on: dt.date
    in_force_from: dt.date | None = None
    summary: str = ""


@dataclass(frozen=True)
class Count:
    """Participants of one site in one month: screened, and enrolled after it."""

    site: Site
    month: dt.date
    screened: int
    enrolled: int


def set_milestone(
    study: Study, kind: str, planned: str, actual: str, *, actor: User, revision: int, reason: str = ""
) -> Milestone:
    """Plan a milestone, or note when it came; dates as `partial_dates` writes them, blank for none.

    A date that stood there changes only with a reason (EU Annex 11 9). Raises Denied, Changed when it is not at
    `revision` any more (0 for one that was not set), or ValidationError.
    """
    with refusable(study, actor=actor, attempt="set a milestone"):
        row = locked(study)
        policies.may_change.demand(actor, row)
        found = Milestone.objects.select_for_update(of=("self",)).filter(study=row, kind=kind).first()
        milestone = found or Milestone(study=row, kind=kind)
        milestone.study = row
        demand_revision(milestone, revision)
        _demand_reason(milestone, planned, actual, reason)
        milestone.planned_on, milestone.actual_on = planned, actual
        _check_milestone(milestone)
        label = MilestoneKind(kind).label
        return audit.save(
            milestone, actor=actor, verb="set milestone", sentence=f"set the milestone {label}", reason=reason
        )


def facts_of_protocol(version: ProtocolVersion) -> ProtocolFacts:
    """What is said of a version now."""
    return ProtocolFacts(version.label, version.dated_on, version.in_force_from, version.summary)


def add_protocol_version(study: Study, facts: ProtocolFacts, *, actor: User) -> ProtocolVersion:
    """Note a version of the protocol. Raises Denied or ValidationError."""
    with refusable(study, actor=actor, attempt="add a protocol version"):
        row = locked(study)
        policies.may_change.demand(actor, row)
        return _save_protocol(ProtocolVersion(study=row), facts, actor, "")


def change_protocol_version(
    version: ProtocolVersion, facts: ProtocolFacts, *, actor: User, revision: int, reason: str = ""
) -> ProtocolVersion:
    """Correct what is said of a version of the protocol. Raises Denied, Changed or ValidationError."""
    with refusable(version, actor=actor, attempt="change a protocol version"):
        study = locked(version.study)
        policies.may_change.demand(actor, study)
        row = ProtocolVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        row.study = study
        demand_revision(row, revision)
        return _save_protocol(row, facts, actor, reason)


def set_randomisation(study: Study, text: str, *, actor: User, revision: int, reason: str = "") -> Study:
    """Describe how participants are randomised; the trail tells it in the unblinded lane alone.

    `revision` is the `closed_revision` that was on screen. A scheme that stood there changes only with a reason
    (EU Annex 11 9). Raises Denied, Changed, or ValidationError.
    """
    with refusable(study, actor=actor, attempt="set the randomisation scheme", lane=Lane.UNBLINDED):
        row = locked(study)
        policies.may_randomise.demand(actor, row)
        if row.closed_revision != revision:
            raise Changed("Somebody changed the scheme while you had it open. Compare before you save.")
        if row.randomisation not in ("", text.strip()) and not reason.strip():
            raise ValidationError({"reason": "Say why the scheme changes: it was set before (Annex 11 9)."})
        row.randomisation = text.strip()
        row.full_clean(exclude=["organization"], validate_unique=False, validate_constraints=False)
        said = "set the randomisation scheme"
        return audit.save(row, actor=actor, verb="randomise", sentence=said, reason=reason, in_step=True)


def note_participants(
    study: Study, counts: Iterable[Count], *, actor: User, seen: Mapping[int, int] | None = None, reason: str = ""
) -> int:
    """Note how many participants sites screened and enrolled; returns how many numbers changed.

    All or none. `seen` gives the revision of each site's number that was on screen (by id of the site). A number
    that stood there changes only with a reason; so do the first ones of a study that is not ready for participants.
    Raises Denied, Changed, or ValidationError.
    """
    with refusable(study, actor=actor, attempt="note participants"):
        row = locked(study)
        policies.may_change.demand(actor, row)
        wanted = list(counts)
        if any(is_elsewhere(actor, count.site) for count in wanted):
            raise Denied("Your role here is for other sites of this study.")
        _check_counts(wanted)
        if any(count.screened for count in wanted) and not Participants.objects.filter(study=row).exists():
            _demand_readiness(row, actor, reason)
        known = _known(row, wanted)
        return sum(_note(row, count, known, actor, seen, reason) for count in wanted)


def _note(
    study: Study,
    count: Count,
    known: dict[tuple[int, dt.date], Participants],
    actor: User,
    seen: Mapping[int, int] | None,
    reason: str,
) -> bool:
    row = known.get((count.site.pk, count.month)) or Participants(site=count.site, month=count.month)
    row.study, row.site = study, count.site
    if seen is not None and seen.get(count.site.pk, 0) != row.revision:
        raise Changed("Somebody changed these numbers while you had them open. Compare before you save.")
    if row.pk and (row.screened, row.enrolled) == (count.screened, count.enrolled):
        return False
    row.screened, row.enrolled = count.screened, count.enrolled
    words = f"noted {count.screened} screened and {count.enrolled} enrolled at site {count.site.number}"
    audit.save(row, actor=actor, verb="note", sentence=f"{words} in {count.month:%B %Y}", reason=reason)
    return True


def _known(study: Study, counts: list[Count]) -> dict[tuple[int, dt.date], Participants]:
    rows = Participants.objects.select_for_update(of=("self",)).filter(
        study=study, month__in={count.month for count in counts}
    )
    return {(row.site_id, row.month): row for row in rows}


def _check_counts(counts: list[Count]) -> None:
    wrong = [
        f"Site {count.site.number}, {count.month:%b %Y}: more were enrolled than screened."
        for count in counts
        if count.enrolled > count.screened
    ]
    cells = Counter((count.site.number, count.month) for count in counts)
    wrong += [f"Site {number}: {month:%b %Y} stands there twice." for (number, month), n in cells.items() if n > 1]
    today = scope.today()
    wrong += [
        f"Site {count.site.number}: {count.month:%b %Y} has not come yet." for count in counts if count.month > today
    ]
    if wrong:
        raise ValidationError(wrong)


def _demand_reason(milestone: Milestone, planned: str, actual: str, reason: str) -> None:
    moved = (milestone.planned_on not in ("", planned)) or (milestone.actual_on not in ("", actual))
    if moved and not reason.strip():
        raise ValidationError({"reason": "Say why the date changes: it was set before (Annex 11 9)."})


def _demand_readiness(study: Study, actor: User, reason: str) -> None:
    missing = [] if reason.strip() else gates.objections(READY, study, actor)
    if missing:
        raise ValidationError({"reason": f"{' '.join(missing)} Say why participants come before it."})


def _check_milestone(milestone: Milestone) -> None:
    milestone.full_clean(exclude=["organization", "study"], validate_unique=False, validate_constraints=False)
    if milestone.actual_on and first_day(milestone.actual_on) > scope.today():
        raise ValidationError({"actual_on": "What has not come yet has no actual date: write it under planned."})
    others = dict(Milestone.objects.filter(study=milestone.study).values_list("kind", "actual_on"))
    others[milestone.kind] = milestone.actual_on
    for earlier, later in _ORDER:
        first, second = others.get(earlier, ""), others.get(later, "")
        if milestone.kind in (earlier, later) and first and second and last_day(second) < first_day(first):
            raise ValidationError({"actual_on": f"“{later.label}” cannot come before “{earlier.label}”."})


def _save_protocol(row: ProtocolVersion, facts: ProtocolFacts, actor: User, reason: str) -> ProtocolVersion:
    row.label, row.dated_on = facts.label.strip(), facts.dated_on
    row.in_force_from, row.summary = facts.in_force_from, facts.summary.strip()
    row.full_clean(exclude=["organization", "study"], validate_unique=False, validate_constraints=False)
    if row.in_force_from and row.in_force_from < row.dated_on:
        raise ValidationError({"in_force_from": "A version cannot be in force before its own date."})
    try:
        with transaction.atomic():
            return audit.save(row, actor=actor, reason=reason)
    except IntegrityError as error:
        if "protocol_version_once" not in str(error):
            raise
        raise ValidationError({"label": f"There is a version {row.label} of this protocol already."}) from None
