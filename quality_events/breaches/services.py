"""What changes serious breaches: opening, assessing, notifying, and the legal clocks that follow each change."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.models import Clock, Deadline
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization_id
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.breaches import sheet
from quality_events.breaches.assessment import QUESTIONS, VERSION
from quality_events.breaches.clocks import RUNNING, ClockOf, clocks_of, earliest_due, is_late
from quality_events.breaches.duties import duties
from quality_events.breaches.lateness import open_lateness
from quality_events.breaches.models import BreachState, ClockFrom, SentKind, SentNotification, SeriousBreach
from quality_events.breaches.workflow import ENDS, SERIOUS_BREACH, is_being_signed, is_reported, owes_follow_up
from quality_events.policies import is_quality_head
from quality_events.selectors import record_by_number

NOTIFY, FOLLOW_UP = "breaches.notify", "breaches.next_follow_up"
SENDS = {"notify": SentKind.INITIAL, "follow_up": SentKind.FOLLOW_UP, "finish": SentKind.FINAL}
_AWARE, _PLACES = ("aware_at", "first_aware_at"), ("jurisdictions", "sponsor_zone")
_BY_STEP = (
    "With this the clock of the law would end later. Only the head of quality lets it, with a signature:"
    " while it is assessed, by “Start the clock later”."
)
_BY_HEAD = "With this the clock of the law would end later, or not run. Only the head of quality changes it."
_NEEDED = {
    "question": {"authority_questions": "Write down what the authority asks."},
    "reply": {"authority_answers": "Write down what was answered."},
    "link_capa": {"capa_reference": "Name the CAPA, or say why none is needed."},
    "start_later": {"clock_rationale": "Say why the clock may start later: your signature covers it."},
}


def open_breach(values: Mapping[str, Any], *, actor: User) -> SeriousBreach:
    """Open a suspected serious breach; its clocks run from the first moment on. Raises Denied or ValidationError."""
    organization = Organization.objects.get(pk=current_organization_id())
    given = {"sponsor_zone": organization.zone, "jurisdictions": ["EU"], **values}
    record = SeriousBreach(number="", duties_version=current_settings().version)
    _check_awareness({**vars(record), **given})
    with transaction.atomic():
        breach = services.open_event(record, actor=actor, values=given)
        tend_clocks(breach, actor)
        return breach


def change_breach(
    breach: SeriousBreach, *, actor: User, values: Mapping[str, Any], revision: int, reason: str = ""
) -> SeriousBreach:
    """Change fields of a breach that has not ended; a changed awareness moves its clocks. Raises a Refused."""
    with refusable(breach, actor=actor, attempt="change the serious breach"):
        row = services.locked(breach)
        if is_being_signed(row):
            raise WrongState("Somebody has signed the assessment. Take it back before anything is changed.")
        _check_awareness({**vars(row), **values})
        _check_start(row, values, actor)
        changed = services.change_event(row, actor=actor, values=values, revision=revision, reason=reason)
        tend_clocks(changed, actor)
        return changed


def take_step(
    breach: SeriousBreach,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> SeriousBreach:
    """Take one step and do what follows from it: the clocks, what was sent, the event about a late notification.

    Raises a Refused, or ValidationError for what the step must leave in the record.
    """
    with refusable(breach, actor=actor, attempt=SERIOUS_BREACH.attempt(key)):
        was = services.locked(breach)
        given = {**(values or {}), **_set_by(key)}
        sent_at = given.pop("sent_at", None) or timezone.now()
        if key == "notify":
            given["notified_at"] = sent_at
        said = _with_hash(was, key, given, reason)
        row = services.take_step(
            was, key, actor=actor, revision=revision, credentials=credentials, reason=said, values=given
        )
        _check_step(row, key)
        _check_given(was, key, given, sent_at)
        row = _note_confirmation(row, actor)
        if key in SENDS:
            _keep_sent(row, key, sent_at, actor)
        tend_clocks(row, actor)
        _link_capa(row, key, actor)
        return row


def tend_clocks(breach: SeriousBreach, actor: User | None) -> None:
    """Bring the legal deadlines in line with what is known: opened, opened anew from another start, met or ended."""
    wanted = {_kind(each): each for each in clocks_of(breach) if each.clock is not None and each.duty.is_ours}
    wanted = wanted if breach.state in RUNNING and breach.notified_at is None else {}
    open_ = {each.kind: each for each in open_deadlines_about(breach) if each.kind.startswith(f"{NOTIFY}.")}
    for kind, deadline in open_.items():
        _end_unwanted(deadline, wanted.get(kind), breach, actor)
    still = {each.kind for each in open_deadlines_about(breach)}
    for kind, found in wanted.items():
        if kind not in still:
            _open_clock(breach, found, actor)
    _tend_follow_up(breach, actor)


def _set_by(key: str) -> dict[str, Any]:
    """What a step sets by itself."""
    if key in ("assess", "answer"):
        return {"assessment_version": VERSION}
    return {}


def _note_confirmation(row: SeriousBreach, actor: User) -> SeriousBreach:
    """The last signature of the assessment is the moment of the confirmation, where it was not confirmed before."""
    if row.state != BreachState.CONFIRMED or row.confirmed_at is not None:
        return row
    row.confirmed_at = timezone.now()
    said = "noted when it was confirmed"
    return audit.save(row, actor=actor, verb="note", sentence=said, in_step=True)


def _with_hash(row: SeriousBreach, key: str, given: dict[str, Any], reason: str) -> str:
    """The reason of the signature; of one under a notification it names what is sent by its hash."""
    if key not in SENDS:
        return reason
    filled = copy(row)
    for name, value in given.items():
        setattr(filled, name, value.strip() if isinstance(value, str) else value)
    version = SentNotification.objects.filter(breach=row).count() + 1
    named = f"Notification version {version}, SHA-256 {sheet.hash_of(sheet.sheet_of(filled, SENDS[key]))}"
    return f"{reason.strip()} {named}".strip()


def _check_step(breach: SeriousBreach, key: str) -> None:
    services.check_left(breach, _NEEDED.get(key, {}))
    missing: dict[str, str] = {}
    if key in ("assess", "answer"):
        answers = breach.answers()
        missing |= {each.key: "Answer this question." for each in QUESTIONS if not answers[each.key]}
        missing |= {} if breach.rationale.strip() else {"rationale": "Say what the answers rest on."}
    if key in ("draft", "redraft", *SENDS) and owes_follow_up(breach):
        missing["next_follow_up_on"] = "Say when the next follow-up is sent: the investigation goes on."
    if missing:
        raise ValidationError(missing)


def _check_given(breach: SeriousBreach, key: str, given: Mapping[str, Any], sent_at: Any) -> None:
    """What a step that moves or stops a clock must be given. Raises ValidationError beside the field."""
    wrong = {}
    if key == "start_later":
        _check_awareness({**vars(breach), **given})
        if given.get("clock_from") == ClockFrom.EARLIEST and not _ends_later(breach, given):
            wrong["clock_from"] = "Choose from which later awareness the clock runs, or correct a time."
    if key in SENDS:
        if sent_at > timezone.now():
            wrong["sent_at"] = "This moment is still to come."
        elif sent_at < min(filter(None, (breach.first_aware_at, breach.aware_at))):
            wrong["sent_at"] = "It was not sent before anybody was aware."
        if not given.get("redaction_checked"):
            wrong["redaction_checked"] = "Look first what may be published: nothing in it may identify a participant."
        if not given.get("channel", "").strip():
            wrong["channel"] = "Say which way it was sent."
    if wrong:
        raise ValidationError(wrong)


def _check_start(breach: SeriousBreach, values: Mapping[str, Any], actor: User) -> None:
    """That no edit lets the clock of the law end later or not run at all. Raises ValidationError beside the field."""
    if breach.state not in RUNNING or breach.notified_at is not None or not _ends_later(breach, values):
        return
    moved = [name for name in (*_AWARE, *_PLACES) if name in values and values[name] != getattr(breach, name)]
    if moved and (moved[0] in _AWARE or not is_quality_head(actor, breach)):
        raise ValidationError({moved[0]: _BY_STEP if moved[0] in _AWARE else _BY_HEAD})


def _ends_later(breach: SeriousBreach, values: Mapping[str, Any]) -> bool:
    """Whether the first clock that runs would end later with these values, or none would run."""
    changed = copy(breach)
    for name, value in values.items():
        setattr(changed, name, value)
    before, after = earliest_due(breach), earliest_due(changed)
    return before is not None and (after is None or after > before)


def _check_awareness(values: Mapping[str, Any]) -> None:
    """What holds for the times of awareness and the places. Raises ValidationError beside the field."""
    now = timezone.now()
    for name in ("first_aware_at", "site_aware_at"):
        moment = values.get(name)
        if moment is not None and moment > now:
            raise ValidationError({name: "This moment has not come yet."})
    known = duties()
    if not values["jurisdictions"]:
        raise ValidationError({"jurisdictions": "Choose at least one place in which the trial is authorised."})
    unknown = [key for key in values["jurisdictions"] if key not in known]
    if unknown:
        raise ValidationError({"jurisdictions": f"The table of duties has no “{unknown[0][:20]}”."})


# Notifications


def _keep_sent(breach: SeriousBreach, key: str, sent_at: Any, actor: User) -> None:
    kind = SENDS[key]
    filled = sheet.sheet_of(breach, kind)
    sent = SentNotification.objects.create(
        breach=breach, kind=kind, version=SentNotification.objects.filter(breach=breach).count() + 1,
        sheet=sheet.as_kept(filled), sha256=sheet.hash_of(filled), sent_at=sent_at, sent_by=actor,
        channel=breach.channel, receipt=breach.receipt,
    )  # fmt: skip
    said = f"kept what was sent: {sent}, SHA-256 {sent.sha256}"
    audit.append(breach, actor=actor, verb="keep", sentence=said)
    if key == "notify" and is_late(breach, sent_at):
        open_lateness(breach, sent_at, actor=actor)


def _link_capa(breach: SeriousBreach, key: str, actor: User) -> None:
    """Link the CAPA that is named by its number; a CAPA kept elsewhere stands in the record as it was written."""
    capa = record_by_number(breach.capa_reference, actor) if key == "link_capa" else None
    if capa is not None and capa != breach:
        services.link(breach, capa, actor=actor, why="It corrects what led to the breach.")


# Clocks


def _kind(found: ClockOf) -> str:
    return f"{NOTIFY}.{found.duty.key}"


def _open_clock(breach: SeriousBreach, found: ClockOf, actor: User | None) -> None:
    assert found.clock is not None
    path = breach.organization.path("breaches:detail", number=breach.number)
    label = f"Notify {breach.number}: {found.duty.authority}"
    duty = deadlines.Duty(_kind(found), label, path, Clock.LEGAL, found.clock.alarms())
    deadlines.open_deadline(breach, duty, due=found.clock.due_at, owner=breach.owner, actor=actor)


def _end_unwanted(deadline: Deadline, found: ClockOf | None, breach: SeriousBreach, actor: User | None) -> None:
    if found is None and breach.notified_at is not None:
        deadlines.meet(deadline, actor=actor)
    elif found is None or found.clock is None:
        because = "no clock runs for this place any more"
        if breach.state in ENDS:
            because = f"the suspicion ended: {breach.get_state_display().lower()}"
        deadlines.drop(deadline, actor=actor, because=because)
    elif found.clock.due_at != deadline.original_due:
        deadlines.drop(deadline, actor=actor, because=f"the clock runs from another start: {found.started_by}")
    elif deadline.owner_id != breach.owner_id:
        deadlines.hand_over(deadline, to=breach.owner, actor=actor or breach.owner, because="another owner answers")


def _tend_follow_up(breach: SeriousBreach, actor: User | None) -> None:
    """The next follow-up is due on the day that was promised to the authority, until the final report is sent."""
    waits = breach.state in (BreachState.NOTIFIED, BreachState.FOLLOW_UP)
    waits = waits or (breach.state == BreachState.QUESTIONS and not is_reported(breach))
    day = breach.next_follow_up_on if waits else None
    due = deadlines.due_moment(day) if day else None
    for deadline in open_deadlines_about(breach):
        if deadline.kind == FOLLOW_UP and deadline.original_due != due:
            deadlines.meet(deadline, actor=actor)
        elif deadline.kind == FOLLOW_UP:
            return
    if day is not None:
        path = breach.organization.path("breaches:step", number=breach.number, step="follow_up")
        duty = deadlines.Duty(FOLLOW_UP, f"Follow-up to the authority: {breach.number}", path)
        deadlines.open_deadline(breach, duty, due=day, owner=breach.owner, actor=actor)
