"""What changes specifications, deviations and freezes beyond what every event can do."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import Changed, WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.events import publish
from cqms.organizations.capabilities import Capability
from cqms.organizations.scope import day_of, today
from cqms.signatures.services import Credentials
from cqms.workflow.parts import done_parts
from quality_events import services
from quality_events.deviations import sampling
from quality_events.deviations.categories import read
from quality_events.deviations.holding import hold_open, hold_still
from quality_events.deviations.models import (
    BreachAnswer,
    DeviationState,
    Freeze,
    ProtocolDeviation,
    Specification,
    SpecificationState,
)
from quality_events.deviations.sampling import Draw
from quality_events.deviations.selectors import (
    categories_of,
    content_of,
    freezes_of,
    last_freeze,
    prepared_freeze,
    repeats_of,
    specification_of,
    was_drawn,
    was_raised,
)
from quality_events.deviations.workflow import DEVIATION, SPECIFICATION, classifies, is_final
from quality_events.events import BreachSuspected
from quality_events.issues import services as issues
from quality_events.issues.models import Extent, QualityIssue, Scope
from quality_events.privacy import is_code
from studies.models import Study

LOG = "deviations.log"
"""By which the settings say within how many working days a deviation is logged from when we knew of it."""
NO_CODE = "Use the participant's code: it holds a digit, and is no name or date."
_JUDGING = ("classify", "reclassify")
NEEDED: dict[str, dict[str, str]] = {
    "classify": {"category": "Choose the category.", "importance": "Classify it.", "rationale": "Give the rationale."},
    "reclassify": {
        "category": "Choose the category.",
        "importance": "Classify it.",
        "rationale": "Give the rationale.",
    },
    "screen": {"breach": "Answer the question.", "breach_grounds": "Give the grounds."},
    "act": {"impact": "Say what it means for safety, rights and data.", "action": "Say what is done."},
}
"""What each step must leave in a deviation, with what is said when it is missing."""


# Specifications


def open_specification(values: Mapping[str, Any], *, actor: User) -> Specification:
    """Draft the next version of a study's specification. Raises Denied or ValidationError."""
    check_categories(values.get("categories", ""))
    study: Study | None = values.get("study")
    if study is None:
        raise ValidationError({"study": "A specification belongs to a study."})
    with transaction.atomic():
        Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
        last = Specification.objects.filter(study=study).order_by("-version").first()
        record = Specification(number="", version=last.version + 1 if last else 1)
        return services.open_event(record, actor=actor, values=values)


def check_categories(text: str) -> None:
    """Raises ValidationError beside the categories where they cannot be read."""
    try:
        read(text)
    except ValueError as error:
        raise ValidationError({"categories": str(error)}) from None


def change_specification(
    record: Specification, *, actor: User, values: Mapping[str, Any], revision: int, reason: str = ""
) -> Specification:
    """Change a draft; what is in approval is sent back first. Raises a Refused or ValidationError."""
    if "categories" in values:
        check_categories(values["categories"])
    if record.state != SpecificationState.DRAFT:
        raise ValidationError("It is in approval: send it back before you change it.")
    return services.change_event(record, actor=actor, values=values, revision=revision, reason=reason)


def take_specification_step(record: Specification, key: str, *, actor: User, **how: Any) -> Any:
    """Take one step; the last approval supersedes the version before. Raises a Refused."""
    with refusable(record, actor=actor, attempt=SPECIFICATION.attempt(key)):
        if key == "approve":
            _supersede_if_last(record, actor)
        return services.take_step(record, key, actor=actor, **how)


def _supersede_if_last(record: Specification, actor: User) -> None:
    """Make place before the last approver's part: a study has one specification that holds."""
    option = next((each for each in SPECIFICATION.available(record, actor) if each.step.key == "approve"), None)
    before = specification_of(record.study)
    if option is None or not option.possible or before is None or option.step.parts is None:
        return
    if len(done_parts(record, "approve")) + 1 == len(option.step.parts(record).parts):
        SPECIFICATION.perform(before, "supersede", actor=None)


# Deviations


def log_deviation(values: Mapping[str, Any], *, actor: User, unblinded: bool = False) -> ProtocolDeviation:
    """Log a deviation; `unblinded` hides it from everybody who is blinded. Raises Denied or ValidationError."""
    check_deviation(values)
    told = {**values, **days_of_logging(values["aware_at"]), **({"lane": Lane.UNBLINDED} if unblinded else {})}
    return services.open_event(ProtocolDeviation(number=""), actor=actor, values=told)


def days_of_logging(aware: dt.datetime) -> dict[str, dt.date]:
    """The day on which a deviation is logged, and the last one that is in time, from when we knew of it."""
    return services.days_of_logging(LOG, day_of(aware))


def check_deviation(values: Mapping[str, Any]) -> None:
    """A deviation belongs to a study, its participant is a code. Raises ValidationError."""
    if "study" in values and values["study"] is None:
        raise ValidationError({"study": "A protocol deviation belongs to a study."})
    code = values.get("subject_code", "").strip()
    if code and not is_code(code):
        raise ValidationError({"subject_code": NO_CODE})
    protocol, study = values.get("protocol"), values.get("study")
    if protocol is not None and study is not None and protocol.study_id != study.pk:
        raise ValidationError({"protocol": "This version does not belong to the study."})


def change_deviation(
    record: ProtocolDeviation, *, actor: User, values: Mapping[str, Any], revision: int, reason: str = ""
) -> ProtocolDeviation:
    """Change what was logged. Raises a Refused or ValidationError."""
    check_deviation({"study": record.study, **values})
    _check_move(record, values.get("study", record.study))
    aware = values.get("aware_at") or record.aware_at
    if record.log_due_on and aware != record.aware_at:
        values = {**values, "log_due_on": days_of_logging(aware)["log_due_on"]}
    return services.change_event(record, actor=actor, values=values, revision=revision, reason=reason)


def _check_move(record: ProtocolDeviation, study: Study) -> None:
    """That what was classified or frozen in a study stays there. Raises ValidationError beside the study."""
    left = record.study
    if left is None or study == left:
        return
    hold_open([left.pk, study.pk])
    frozen = next((each.number for each in (left, study) if freezes_of(each)), "")
    if frozen:
        said = f"The classification of {frozen} is frozen: no deviation is moved into it or out of it."
        raise ValidationError({"study": said})
    if record.importance:
        said = f"It is classified by the specification of {left.number}: log it anew in the other study."
        raise ValidationError({"study": said})


def take_step(
    deviation: ProtocolDeviation,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> ProtocolDeviation:
    """Take one step of a deviation and do what follows from it; what is drawn does not end, see `sampling`.

    Raises a Refused or ValidationError.
    """
    given = dict(values or {})
    with refusable(deviation, actor=actor, attempt=DEVIATION.attempt(key)):
        if DEVIATION.step(key).blockers is is_final and deviation.study_id:
            hold_open([deviation.study_id])
        draw = _draw(deviation) if key == "finish" and not deviation.is_important else None
        if draw and (draw.drawn or was_drawn(deviation)):
            key = "submit"
        if key in _JUDGING:
            given |= _judged(deviation, given)
        if key == "confirm":
            given["confirmed_at"] = timezone.now()
        row = services.take_step(
            deviation, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=given
        )
        services.check_left(row, NEEDED.get(key, {}))
        if draw:
            audit.append(row, actor=None, verb=draw.verb, sentence=draw.sentence)
        _follow(row, key, actor)
        return row


def _draw(deviation: ProtocolDeviation) -> Draw:
    """Instead of ending, one that is drawn waits for quality assurance, which closes it or sends it back."""
    return Draw(sampling.new_seed(), deviation.number, current_settings().figure(sampling.SHARE))


def raise_issue(deviation: ProtocolDeviation, values: Mapping[str, Any], *, actor: User) -> QualityIssue:
    """Open a quality issue that comes of a deviation, in its lane, and link the two.

    Raises a Refused or ValidationError.
    """
    with refusable(deviation, actor=actor, attempt="open an issue of the deviation"):
        if deviation.state == DeviationState.VOIDED:
            raise WrongState("This deviation was voided: no issue comes of it.")
        issue = issues.open_issue({**values, "lane": deviation.lane}, actor=actor)
        services.link(issue, deviation, actor=actor, why=f"It came of {deviation.number}.")
        return issue


def classify_many(
    deviations: Sequence[ProtocolDeviation], *, actor: User, values: Mapping[str, Any], reason: str
) -> list[ProtocolDeviation]:
    """Classify several at once, each with a record of its own; all or none. Raises a Refused or ValidationError."""
    with transaction.atomic():
        studies = {one.study_id for one in deviations if one.study_id}
        hold_open(studies)
        done, rows = [], [services.locked(one) for one in sorted(deviations, key=lambda one: one.pk)]
        if not studies.issuperset(each.study_id for each in rows):
            raise Changed("Somebody moved one of these to another study meanwhile. Look at them again.")
        _wait_to_count({held.pk for study in {each.study for each in rows} if (held := specification_of(study))})
        for each in rows:
            key = "classify" if each.state in DEVIATION.step("classify").sources else "reclassify"
            done.append(take_step(each, key, actor=actor, values=values, reason=reason))
        return done


def _wait_to_count(specifications: Iterable[int]) -> None:
    """Wait until nobody else counts repeats by these: at the same moment neither would count what the other did."""
    rows = Specification.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=specifications)
    list(rows.order_by("pk"))


def _judged(deviation: ProtocolDeviation, given: Mapping[str, Any]) -> dict[str, Any]:
    """By which specification it is judged, whether its category concerns safety, and after which freeze.

    A former confirmation ends.
    """
    held = specification_of(deviation.study)
    if held is None:
        raise ValidationError({"category": "The study has no approved deviation specification yet: approve one first."})
    category = categories_of(held).get(given.get("category", ""))
    if category is None:
        raise ValidationError({"category": "Choose one of the categories of the study's specification."})
    return {"specification": held, "safety": category.safety, "confirmed_at": None,
            "classified_after": last_freeze(deviation.study)}  # fmt: skip


def _follow(deviation: ProtocolDeviation, key: str, actor: User) -> None:
    if key in _JUDGING:
        _raise_issue_of_repeats(deviation, actor)
        for person in people_with(Capability.ADVISE, deviation) if deviation.safety else ():
            subject = f"{deviation.number} concerns safety: confirm its classification"
            services.tell(deviation, person, subject, occasion=f"confirm:{person.pk}")
    if key == "screen" and deviation.breach in (BreachAnswer.YES, BreachAnswer.UNCLEAR):
        publish(BreachSuspected("deviations.protocoldeviation", deviation.pk, actor.pk))


def _raise_issue_of_repeats(deviation: ProtocolDeviation, actor: User) -> QualityIssue | None:
    """The repeat rule (B2): so many of one category at a site within the days raise one issue, linked with each."""
    held = deviation.specification
    if held is None or not held.repeat_count or deviation.site is None:
        return None
    _wait_to_count({held.pk})
    found = repeats_of(deviation, held.repeat_days)
    if len(found) < held.repeat_count or was_raised(found):
        return None
    words = f"{len(found)} deviations “{deviation.category}” at site {deviation.site.number}"
    issue = issues.open_issue(
        {
            "title": words[:250], "study": deviation.study, "site": deviation.site, "scope": Scope.SITE,
            "description": f"{words} within {held.repeat_days} days: {', '.join(each.number for each in found)}.",
            "discovered_on": today(), "aware_at": timezone.now(), "zone": actor.zone or "UTC",
            "detected_how": f"Repeat rule of {held.number}", "extent": Extent.REPEATED, "lane": deviation.lane,
            "rule_kind": kind_of(held), "rule_id": held.pk, "rule_category": deviation.category,
        },
        actor=actor,
    )  # fmt: skip
    for each in found:
        services.link(issue, each, actor=actor, why="One of the repeats.")
    return issue


# Freezes


def prepare_freeze(values: Mapping[str, Any], *, actor: User) -> Freeze:
    """Count and hash the classification of a study, to be signed by three; after a signed freeze it amends that one.

    Raises Denied or ValidationError.
    """
    study: Study | None = values.get("study")
    if study is None:
        raise ValidationError({"study": "A freeze belongs to a study."})
    with transaction.atomic():
        Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
        record = _freeze_now(study)
        return services.open_event(record, actor=actor, values=values, allowed=classifies)


def _freeze_now(study: Study) -> Freeze:
    """The freeze of what is classified now, after the one that holds. Raises ValidationError."""
    waiting, last, content = prepared_freeze(study), last_freeze(study), content_of(study)
    if waiting is not None:
        raise ValidationError({"study": f"{waiting.number} is prepared already: sign it, or withdraw it first."})
    if last is not None and last.content_sha256 == content.sha256:
        said = f"Nothing was classified since {last.number} was signed: there is nothing to amend."
        raise ValidationError({"study": said})
    return Freeze(
        number="", deviations=content.deviations, important=content.important, content_sha256=content.sha256,
        amends=last,
    )  # fmt: skip


def take_freeze_step(record: Freeze, key: str, *, actor: User, **how: Any) -> Freeze:
    """Take one step of a freeze; it is signed while nobody judges or moves a deviation. Raises a Refused."""
    if key == "freeze" and record.study_id:
        hold_still(record.study_id)
    return services.take_step(record, key, actor=actor, **how)


__all__ = [
    "change_deviation", "change_specification", "check_categories", "check_deviation", "classify_many",
    "log_deviation", "open_specification", "prepare_freeze", "raise_issue", "take_freeze_step",
    "take_specification_step", "take_step",
]  # fmt: skip
