"""What changes CAPAs beyond what every event can do: opening from a source, its steps, causes, plan and criterion."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.capabilities import Capability
from cqms.organizations.scope import day_of, today
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.capas.measuring import measure
from quality_events.capas.models import (
    Action,
    Capa,
    CapaState,
    Cause,
    DataSource,
    ExtensionRequest,
    Source,
    Stage,
    StageKind,
)
from quality_events.capas.policies import (
    MANAGEMENT_REVIEW,
    granted_extensions,
    manager_of,
    may_complete,
    may_decide_extension,
)
from quality_events.capas.selectors import actions_of, running_deadline
from quality_events.capas.stages import CRITERION, content_of, current_stage
from quality_events.capas.workflow import CAPA, HANDS_IN
from quality_events.models import EventRecord, QualityEvent
from quality_events.policies import owns_or_assures

ACTION_DUE = "capas.action"
NEEDED: dict[str, dict[str, str]] = {
    "scope": {"severity": "Grade the severity.", "extent": "Say how far it reaches."},
    "conclude": {"result": "Say what was found."},
}  # fmt: skip
"""What each step must leave in the record, with what is said when it is missing."""
_FRESH = (
    "method", "root_cause", "challenge", "training_grounds", *CRITERION, "result",
)  # fmt: skip


def open_capa(values: Mapping[str, Any], *, actor: User) -> Capa:
    """Open a CAPA; quality assurance is asked whether it is needed. Raises Denied or ValidationError."""
    return services.open_event(Capa(number=""), actor=actor, values=values)


def open_for(source: EventRecord, *, actor: User, kind: Source = Source.ISSUE) -> Capa:
    """Open a CAPA that was decided in another record, and link the two."""
    aware = day_of(source.aware_at) if isinstance(source, QualityEvent) else today()
    values = {
        "title": source.title, "description": source.description, "study": source.study, "site": source.site,
        "owner": source.owner, "source": kind, "aware_on": aware, "severity": getattr(source, "severity", ""),
        "lane": source.lane,
    }  # fmt: skip
    capa = open_capa(values, actor=actor)
    services.link(capa, source, actor=actor, why=f"It was decided in {source.number}.")
    return capa


def take_step(
    capa: Capa,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> Capa:
    """Take one step and do what follows. Raises a Refused, or ValidationError for what it must leave in the record."""
    with refusable(capa, actor=actor, attempt=CAPA.attempt(key)):
        row = services.take_step(
            capa, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=values
        )
        services.check_left(row, NEEDED.get(key, {}))
        return _follow(row, key, actor)


def _follow(capa: Capa, key: str, actor: User) -> Capa:
    if key in HANDS_IN:
        hand_in(capa, HANDS_IN[key], actor=actor)
    if key == "again":
        return _begin_again(capa, actor)
    if key == "implement":
        for action in actions_of(capa):
            _open_action(action, actor)
    if key == "cancel":
        _drop_actions(capa, actor)
    return capa


def hand_in(capa: Capa, kind: StageKind, *, actor: User) -> Stage:
    """Freeze a stage as it is now, for signature; unchanged since, it stays. Who signs next is told."""
    found = current_stage(capa, kind)
    if found is None:
        found = Stage(capa=capa, iteration=capa.iteration, kind=kind, content=content_of(capa, kind))
        label = kind.label.lower()
        found = audit.save(found, actor=actor, verb="hand in", sentence=f"kept the {label} as it was handed in")
    manager = manager_of(capa.owner) if kind == StageKind.PLAN else None
    for person in [manager] if manager else people_with(Capability.ASSURE, capa):
        if person.pk != actor.pk:
            services.tell(capa, person, f"{found} waits for you", occasion=f"{kind}:{found.pk}:{person.pk}")
    return found


def _begin_again(capa: Capa, actor: User) -> Capa:
    """The next iteration: what was decided stays in its stages, causes and rows; the fields begin anew."""
    row = services.locked(capa)
    row.iteration += 1
    fresh = Capa()
    for name in _FRESH:
        setattr(row, name, getattr(fresh, name))
    return audit.save(row, actor=actor, verb="begin again", sentence=f"began iteration {row.iteration}", in_step=True)


# Causes and plan


def keep_part(part: Cause | Action, values: Mapping[str, Any], *, actor: User, revision: int | None = None) -> Any:
    """Store a new or changed cause or row of the plan, or withdraw it with `withdraw` True.

    Raises Denied, WrongState, Changed or ValidationError.
    """
    with refusable(part.capa, actor=actor, attempt=f"change the {part._meta.verbose_name}"):
        capa = services.locked(part.capa)
        row = type(part).objects.select_for_update(of=("self",)).get(pk=part.pk) if part.pk else part
        _check_open(row, capa, actor)
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this while you had it open. Look at it again.")
        given = dict(values)
        withdrawn = given.pop("withdraw", False)
        for name, value in given.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        if withdrawn:
            row.withdrawn_at = timezone.now()
        row.iteration = row.iteration if row.pk else capa.iteration
        _check_part(row)
        noun = row._meta.verbose_name
        verb = "withdraw" if withdrawn else "plan" if isinstance(row, Action) else "analyse"
        past = "withdrew" if withdrawn else "changed" if row.pk else "wrote down"
        return audit.save(row, actor=actor, verb=verb, sentence=f"{past} the {noun} “{row}”")


def _check_open(part: Cause | Action, capa: Capa, actor: User) -> None:
    owns_or_assures.demand(actor, capa)
    services.demand_standing(part, actor)
    state = CapaState.ROOT_CAUSE if isinstance(part, Cause) else CapaState.PLAN
    if capa.state != state or (part.pk and part.iteration != capa.iteration):
        raise WrongState(f"This can be changed only while the CAPA is in “{state.label}”.")


def _check_part(row: Cause | Action) -> None:
    if isinstance(row, Action):
        return
    above, seen = row.parent, {row.pk}
    while above is not None:
        if above.capa_id != row.capa_id or above.iteration != row.iteration:
            raise ValidationError({"parent": "This cause belongs to another analysis."})
        if above.pk in seen:
            raise ValidationError({"parent": "A cause cannot explain itself."})
        seen.add(above.pk)
        above = above.parent
    if row.file is not None and (row.file.record_kind, row.file.record_id) != ("capas.capa", row.capa_id):
        raise ValidationError({"file": "This file does not belong to the CAPA."})


def complete_action(
    action: Action, *, actor: User, evidence: str, files: Sequence[File] = (), revision: int | None = None
) -> Action:
    """Report a row of the plan as done, with evidence in words or files. Raises a Refused or ValidationError."""
    with refusable(action.capa, actor=actor, attempt="complete the action"):
        row = awaited(action, actor)
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this while you had it open. Look at it again.")
        done: Action = services.complete_part(row, actor=actor, evidence=evidence, files=files, noun="action")
        return done


def awaited(action: Action, actor: User) -> Action:
    """The action, locked with its CAPA, while it is to be done by the actor. Raises Denied or WrongState."""
    capa = services.locked(action.capa)
    row: Action = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    may_complete.demand(actor, row)
    services.demand_standing(row, actor)
    if capa.state != CapaState.IMPLEMENTING or row.done_at is not None:
        raise WrongState("Only an open action of a plan that is being implemented can be completed.")
    return row


def _open_action(action: Action, actor: User) -> None:
    if action.done_at is not None or open_deadlines_about(action):
        return
    capa = action.capa
    path = capa.organization.path("capas:action_done", number=capa.number, part=action.pk)
    duty = deadlines.Duty(ACTION_DUE, f"{action.get_kind_display()} of {capa.number}: {action}", path)
    deadlines.open_deadline(action, duty, due=action.due_on, owner=action.owner, actor=actor)
    if action.owner_id != actor.pk:
        said = f"{capa.number}: {action}"
        services.tell(capa, action.owner, said, occasion=f"action:{action.pk}", path=path)


def _drop_actions(capa: Capa, actor: User) -> None:
    for action in actions_of(capa):
        for deadline in open_deadlines_about(action):
            deadlines.drop(deadline, actor=actor, because="the CAPA was cancelled")


# Analysis and criterion

ANALYSIS = ("method", "root_cause", "challenge", "interim", "elsewhere")
_WRITTEN: dict[str, tuple[CapaState, tuple[str, ...], str]] = {
    "analysis": (CapaState.ROOT_CAUSE, ANALYSIS, "wrote the root cause analysis"),
    "criterion": (CapaState.PLAN, (*CRITERION, "training_grounds"), "set the effectiveness criterion"),
}


def write(part: str, capa: Capa, values: Mapping[str, Any], *, actor: User, revision: int | None = None) -> Capa:
    """Write the `analysis`, or the `criterion` by which the CAPA is judged; each only in its stage.

    The portal counts the baseline where it can. Raises Denied, WrongState, Changed or ValidationError.
    """
    state, names, said = _WRITTEN[part]
    with refusable(capa, actor=actor, attempt=f"write the {part}"):
        row = services.locked(capa)
        owns_or_assures.demand(actor, row)
        if row.state != state:
            raise WrongState(f"This is written while the CAPA is in “{state.label}”; what was signed stands.")
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this CAPA while you had it open. Both versions are shown below.")
        for name in names:
            if name in values:
                value = values[name]
                setattr(row, name, value.strip() if isinstance(value, str) else value)
        _check_criterion(row)
        found = measure(row) if part == "criterion" else None
        if found is not None:
            row.baseline = found.sentences()[0][:300]
        return audit.save(row, actor=actor, verb="write", sentence=said, in_step=True)


def _check_criterion(capa: Capa) -> None:
    if capa.before_from and capa.before_to and capa.before_to < capa.before_from:
        raise ValidationError({"before_to": "The period ends before it begins."})
    if capa.after_from and capa.check_on and capa.check_on < capa.after_from:
        raise ValidationError({"check_on": "The period ends before it begins."})
    if capa.before_to and capa.after_from and capa.after_from <= capa.before_to:
        raise ValidationError({"after_from": "It begins after the end of the baseline."})
    if capa.target is not None and capa.target < 0:
        raise ValidationError({"target": "A target below zero cannot be reached."})
    if capa.data_source == DataSource.PORTAL and capa.unit == "participant" and not capa.study_id:
        raise ValidationError({"unit": "Participants are counted by study: name the study of this CAPA."})


# Extension


def ask_extension(
    capa: Capa, *, actor: User, due: dt.date, why: str, interim_control: str, risk: str
) -> ExtensionRequest:
    """Ask for more time before the due day, with its risk. Raises a Refused or ValidationError."""
    with refusable(capa, actor=actor, attempt="ask for an extension"):
        row = services.locked(capa)
        owns_or_assures.demand(actor, row)
        deadline = running_deadline(row)
        if deadline is None:
            raise WrongState("Nothing is due that could be extended.")
        if ExtensionRequest.objects.filter(capa=row, decided_at__isnull=True).exists():
            raise WrongState("An extension was asked for already and is not decided yet.")
        if timezone.now() > deadline.current_due:
            raise WrongState("It is overdue: an extension is asked for before the day comes.")
        if deadlines.due_moment(due) <= deadline.current_due:
            raise ValidationError({"due": "The new day must be later than the present one."})
        asked = ExtensionRequest(
            capa=row, iteration=row.iteration, deadline_kind=deadline.kind, due_before=deadline.current_due,
            due_wanted=due, why=why.strip(), interim_control=interim_control.strip(), risk=risk.strip(), asked_by=actor,
        )  # fmt: skip
        return audit.save(asked, actor=actor, verb="ask", sentence=f"asked for more time until {due:%-d %b %Y}")


def decide_extension(asked: ExtensionRequest, *, actor: User, granted: bool, reason: str) -> ExtensionRequest:
    """Grant or refuse more time: the first by quality assurance, later ones by its head. Raises a Refused."""
    with refusable(asked.capa, actor=actor, attempt="decide an extension"), transaction.atomic():
        row: ExtensionRequest = ExtensionRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
        may_decide_extension.demand(actor, row)
        if row.decided_at is not None:
            raise WrongState("This extension is decided already.")
        if granted:
            deadline = running_deadline(row.capa)
            if deadline is None or deadline.kind != row.deadline_kind:
                raise WrongState("What was to be extended is done meanwhile.")
            deadlines.extend(deadline, due=row.due_wanted, reason=reason, requested_by=row.asked_by, approved_by=actor)
        row.decided_by, row.decided_at, row.granted = actor, timezone.now(), granted
        said = f"{'granted' if granted else 'refused'} more time until {row.due_wanted:%-d %b %Y}"
        saved = audit.save(row, actor=actor, verb="decide", sentence=said, reason=reason)
        if granted and granted_extensions(row.capa) == current_settings().figure(MANAGEMENT_REVIEW):
            _call_management(row.capa)
        return saved


def _call_management(capa: Capa) -> None:
    """Once, when the number of extensions is reached: the heads of quality put it on the agenda (B5 of the SOPs)."""
    said = f"{capa.number} was extended {granted_extensions(capa)} times: it goes to the management review"
    audit.append(capa, actor=None, verb="escalate", sentence="goes to the management review after many extensions")
    for person in people_with(Capability.HEAD, capa):
        services.tell(capa, person, said, occasion=f"management:{person.pk}")
