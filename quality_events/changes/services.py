"""What changes changes beyond what every event can do: the steps of their life, and what follows from them."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.capabilities import Capability
from cqms.signatures.services import Credentials
from cqms.workflow.parts import done_parts
from quality_events import services
from quality_events.changes.asking import open_task
from quality_events.changes.guards import functions_left
from quality_events.changes.models import (
    ChangeControl,
    ChangeKind,
    ChangeStage,
    ChangeState,
    Regulatory,
    StageKind,
)
from quality_events.changes.selectors import ENDS, assessments_of, tasks_of
from quality_events.changes.stages import PLAN, RESULT, content_of, current_stage
from quality_events.changes.workflow import CHANGE, HANDS_IN, PLANNED_IN
from quality_events.policies import owns_or_assures

RELEASE = "changes.release"
"""By which the settings say within how many working days a verified change is released."""
DECIDED = ("subject_matter", "justification", "kind", "emergency", "temporary", "expires_on")
"""What was approved with the plan, and stands from then on."""
NEEDED: dict[str, dict[str, str]] = {
    "screen": {
        "gxp_grounds": "Say why it is GxP-relevant.", "system_owner_id": "Name who answers for what is changed.",
        "regulatory": "Say what authorities and ethics committees have to do with it.",
    },
    "finish": {"result": "Say what was done."},
    "look_back": {"outcome": "Say whether it does what it was made for.", "review": "Say what was found."},
}  # fmt: skip
"""What each step must leave in the record, with what is said when it is missing."""
TAKES: dict[str, tuple[str, ...]] = {
    "screen": ("owner", "system_owner", "gxp_grounds", "regulatory"),
    "assess": ("unconcerned",),
    "finish": RESULT,
    "look_back": ("outcome", "review", "reversed_on", "reversal_evidence"),
}  # fmt: skip
"""The fields that each step sets; whatever else is sent along is left alone."""
_APPROVED = {
    "regulatory_reference": "Give the reference of authority and ethics committee.",
    "regulatory_on": "Say when they approved it or were notified.",
}
_TRAINED = {"training_evidence": "It is in use only after training: say where the training can be seen."}
_CONFIGURED = {"config_diff": "A computerised system was changed: say what differs in its configuration."}
_REVERSED = {
    "reversed_on": "It was temporary: say when it was undone.",
    "reversal_evidence": "It was temporary: say where it can be seen that it was undone.",
}
OWN_REQUEST = "Nobody approves their own request: name an owner who did not ask for it."


def request_change(values: Mapping[str, Any], *, actor: User) -> ChangeControl:
    """Ask for a change; quality assurance is asked to screen it. Raises Denied or ValidationError."""
    return services.open_event(ChangeControl(number=""), actor=actor, values=values)


def change_request(
    change: ChangeControl, *, actor: User, values: Mapping[str, Any], revision: int, reason: str = ""
) -> ChangeControl:
    """Change fields of a change that has not ended; what was approved stands. Raises a Refused or ValidationError."""
    with refusable(change, actor=actor, attempt="change the change"):
        row = services.locked(change)
        if row.state not in (ChangeState.REQUESTED, *PLANNED_IN):
            moved = [name for name in DECIDED if name in values and values[name] != getattr(row, name)]
            if moved:
                raise ValidationError(dict.fromkeys(moved, "It was approved like this: take the plan back first."))
        return services.change_event(change, actor=actor, values=values, revision=revision, reason=reason)


def take_step(
    change: ChangeControl,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> ChangeControl:
    """Take one step and do what follows. Raises a Refused, or ValidationError for what it must leave in the record."""
    given = {name: value for name, value in (values or {}).items() if name in TAKES.get(key, ())}
    with refusable(change, actor=actor, attempt=CHANGE.attempt(key)):
        row = services.take_step(
            change, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=given
        )
        _check_left(row, key)
        _follow(row, key, actor)
        return row


def _check_left(change: ChangeControl, key: str) -> None:
    """What the step must have left, as far as this kind of change needs it. Raises ValidationError."""
    needed = dict(NEEDED.get(key, {}))
    if key == "assess" and functions_left(change):
        left = ", ".join(functions_left(change))
        needed["unconcerned"] = f"Ask them too, or say why they are not concerned: {left}."
    if key == "finish":
        needed |= _APPROVED if change.regulatory in (Regulatory.APPROVAL, Regulatory.NOTIFICATION) else {}
        needed |= _TRAINED if change.regulatory == Regulatory.APPROVAL else {}
        needed |= _CONFIGURED if change.kind == ChangeKind.SYSTEM else {}
    if key == "look_back" and change.temporary:
        needed |= _REVERSED
    try:
        services.check_left(change, needed)
    except ValidationError as problem:
        raise ValidationError(
            {name.removesuffix("_id"): said for name, said in problem.message_dict.items()}
        ) from problem
    if key == "screen" and change.owner_id == change.reporter_id:
        raise ValidationError({"owner": OWN_REQUEST})


def _follow(change: ChangeControl, key: str, actor: User) -> None:
    if key in HANDS_IN:
        hand_in(change, HANDS_IN[key], actor=actor)
    if change.state == ChangeState.IMPLEMENTING and key in ("implement", "approve_after"):
        for task in tasks_of(change):
            open_task(task, actor)
    if key in ("approve", "approve_after") and change.state in PLANNED_IN:
        _ask_quality(change, key, actor)
    _tend_release(change, actor)
    if change.state in ENDS:
        _drop(change, actor)
    if key in ("dismiss", "reject", "revert", "release", "close") and change.reporter_id != actor.pk:
        said = f"{change.number} that you requested: {change.get_state_display()}"
        services.tell(change, change.reporter, said, occasion=key)


def hand_in(change: ChangeControl, kind: StageKind, *, actor: User) -> ChangeStage:
    """Freeze a stage as it is now, for signature; unchanged since, it stays. Who signs next is told."""
    found = current_stage(change, kind)
    if found is None:
        found = ChangeStage(change=change, kind=kind, content=content_of(change, kind))
        said = f"kept the {kind.label.lower()} as it was handed in"
        found = audit.save(found, actor=actor, verb="hand in", sentence=said)
    if kind == StageKind.PLAN and change.owner_id != actor.pk:
        _tell(change, change.owner, "Approve", f"approve:{found.pk}")
    return found


def _ask_quality(change: ChangeControl, key: str, actor: User) -> None:
    """With the owner's signature it is quality assurance's turn."""
    signed = {part.actor_id for part in done_parts(change, key).values()}
    for person in people_with(Capability.ASSURE, change):
        if person.pk not in (*signed, actor.pk, change.owner_id, change.reporter_id):
            _tell(change, person, "Approve", f"{key}:{person.pk}")


def _tell(change: ChangeControl, person: User, verb: str, occasion: str) -> None:
    path = change.organization.path("changes:detail", number=change.number)
    services.tell(change, person, f"{verb}: {change}", occasion=occasion, path=path)


def _tend_release(change: ChangeControl, actor: User) -> None:
    """Who answers for what is changed has a deadline of their own while it waits to be released."""
    running = next((each for each in open_deadlines_about(change) if each.kind == RELEASE), None)
    waits = change.state == ChangeState.VERIFIED
    if running and not waits and change.state == ChangeState.RELEASED:
        deadlines.meet(running, actor=actor)
    elif running and not waits:
        deadlines.drop(running, actor=actor, because="it does not wait to be released any more")
    elif waits and not running and change.system_owner is not None:
        settings, today = current_settings(), change.organization.today()
        path = change.organization.path("changes:step", number=change.number, step="release")
        duty, person = deadlines.Duty(RELEASE, f"Release: {change.number}", path), change.system_owner
        due = settings.after_working_days(today, settings.days_for(RELEASE))
        deadlines.open_deadline(change, duty, due=due, owner=person, actor=actor)
        if person.pk != actor.pk:
            services.tell(change, person, f"Release: {change}", occasion="release", path=path)


def _drop(change: ChangeControl, actor: User) -> None:
    """Nothing is awaited of a change that has ended."""
    for part in (*tasks_of(change), *assessments_of(change)):
        for deadline in open_deadlines_about(part):
            deadlines.drop(deadline, actor=actor, because="the change has ended")


def write_plan(
    change: ChangeControl, values: Mapping[str, Any], *, actor: User, revision: int | None = None
) -> ChangeControl:
    """Write how it is done, tested and undone, before it is approved. Raises a Refused or ValidationError."""
    with refusable(change, actor=actor, attempt="write the plan"):
        row = services.locked(change)
        owns_or_assures.demand(actor, row)
        if row.state not in PLANNED_IN:
            raise WrongState("The plan is written before the change is approved; what was signed stands.")
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this record while you had it open. Both versions are shown below.")
        for name in PLAN:
            if name in values:
                setattr(row, name, values[name].strip())
        return audit.save(row, actor=actor, verb="write", sentence="wrote the plan", in_step=True)
