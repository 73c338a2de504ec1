"""The engine: a workflow is a table of steps, `perform` does one and is the only code that assigns a state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from django.db import models

from cqms.access.policies import Policy
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import kind_of
from cqms.audit.refusals import Blocked, Changed, Denied, ReasonMissing, Refused, WrongState, refusable
from cqms.history.action import action
from cqms.organizations.models import TrackedModel
from cqms.signatures.models import Meaning, Signature
from cqms.signatures.services import Credentials, CredentialsMissing, sign
from cqms.signatures.standing import objections
from cqms.workflow import gates
from cqms.workflow.models import PartDone
from cqms.workflow.parts import Part, Parts, done_parts, part_for

Stateful = TypeVar("Stateful", bound=TrackedModel)
Blockers = Callable[[Any, User | None], list[str]]


def no_blockers(_record: Any, _actor: User | None) -> list[str]:
    """Nothing has to be done first."""
    return []


@dataclass(frozen=True)
class Step:
    """One step of a life: from which states to which, who may, what must be done first, what is signed.

    `label` is the verb on the button, `past` what the timeline says, `consequence` what will happen and whether it
    can be undone. A step without `allowed` belongs to the system. `signs` gives the row that the signature
    covers, where that is not the record itself: it must be there before the step is taken. `leads` gives the state
    after the step, where that is not always the `target`.
    """

    key: str
    sources: tuple[str, ...]
    target: str
    label: str
    past: str
    consequence: str
    allowed: Policy | None = None
    blockers: Blockers = no_blockers
    parts: Callable[[Any], Parts] | None = None
    signature: Meaning | None = None
    signs: Callable[[Any], TrackedModel] | None = None
    leads: Callable[[Any], str] | None = None
    reason: bool = False
    kind: Literal["primary", "plain", "danger"] = "plain"

    def signed(self, record: Any) -> TrackedModel:
        """What a signature of this step covers."""
        found: TrackedModel = self.signs(record) if self.signs else record
        return found


@dataclass(frozen=True)
class Option:
    """A step as one person sees it now; `refusal` is None when they can take it."""

    step: Step
    refusal: Refused | None = None
    part: Part | None = None

    @property
    def possible(self) -> bool:
        """Whether the person can take the step now."""
        return self.refusal is None

    @property
    def why_not(self) -> str:
        """The sentence of the refusal; blank when the step is possible."""
        return self.refusal.sentence if self.refusal else ""


_registered: dict[str, "Workflow"] = {}


def workflows() -> dict[str, "Workflow"]:
    """Every workflow by its key, for contracts and the diagram."""
    return dict(_registered)


@dataclass(frozen=True)
class Workflow:
    """The life of one kind of record. The first state is the one drafts begin in."""

    key: str
    states: type[models.TextChoices]
    steps: tuple[Step, ...]
    tones: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _registered[self.key] = self

    @property
    def first(self) -> str:
        """The state in which records begin."""
        return self.states.values[0]

    def step(self, key: str) -> Step:
        """The step of that key. Raises KeyError."""
        return {step.key: step for step in self.steps}[key]

    def attempt(self, key: str) -> str:
        """The step as it continues “tried to …” in the trail."""
        label = self.step(key).label
        return f"{label[:1].lower()}{label[1:]}"

    def available(self, record: Any, actor: User) -> list[Option]:
        """Every step from the present state that a person could take, each possible or with the reason why not."""
        return [
            self._option(step, record, actor) for step in self.steps if record.state in step.sources and step.allowed
        ]

    def perform(
        self,
        record: Stateful,
        key: str,
        *,
        actor: User | None,
        revision: int | None = None,
        credentials: Credentials | None = None,
        reason: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> Stateful:
        """Do one step and return the locked row; the caller's object is never edited.

        `revision` is the one that was on the screen; `values` are fields that the step itself sets. Raises a
        Refused (stale, wrong state, denied, blocked, reason or proof missing) and writes the attempt down.
        """
        step = self.step(key)
        with refusable(record, actor=actor, attempt=self.attempt(key)):
            row = _lock(record)
            part = self._check(row, step, actor, revision, reason)
            with action(actor.pk if actor else None, reason.strip()):
                signature = _sign(row, step, part, actor, credentials, reason)
                return _advance(row, step, part, actor, signature, reason, values or {})

    def _check(self, row: Any, step: Step, actor: User | None, revision: int | None, reason: str) -> Part | None:
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this record while you had it open. Look at it again before you decide.")
        if row.state not in step.sources:
            raise WrongState(f"{step.label} is not possible: {row} is {self.states(row.state).label.lower()}.")
        _check_actor(row, step, actor)
        part = _part(row, step, actor)
        standing = objections(actor) if step.signature and actor else []
        reasons = [*standing, *step.blockers(row, actor), *gates.objections(f"{self.key}.{step.key}", row, actor)]
        if reasons:
            raise Blocked(reasons)
        if step.reason and not reason.strip():
            raise ReasonMissing("Give the reason: it becomes part of the trail.")
        return part

    def _option(self, step: Step, record: Any, actor: User) -> Option:
        try:
            part = self._check(record, step, actor, None, "(asked later)")
        except Refused as refusal:
            return Option(step, refusal)
        return Option(step, part=part)


def _lock(record: Stateful) -> Stateful:
    return type(record)._base_manager.select_for_update(of=("self",)).get(pk=record.pk)


def _check_actor(row: Any, step: Step, actor: User | None) -> None:
    if (step.allowed is None) != (actor is None):
        raise Denied("This step is taken by the system." if step.allowed is None else "This step needs a person.")
    if step.allowed is not None and actor is not None:
        sentence = step.allowed.why_not(actor, row)
        if sentence:
            raise Denied(sentence)


def _part(row: Any, step: Step, actor: User | None) -> Part | None:
    if step.parts is None or actor is None:
        return None
    return part_for(step.parts(row), done_parts(row, step.key), actor, row)


def _sign(
    row: TrackedModel, step: Step, part: Part | None, actor: User | None, credentials: Credentials | None, reason: str
) -> Signature | None:
    if step.signature is None or actor is None:
        return None
    if credentials is None:
        raise CredentialsMissing("This step is signed: enter your password.")
    meaning = part.meaning if part and part.meaning else step.signature
    capacity = part.capacity_of(actor) if part else ""
    signed = step.signed(row)
    return sign(signed, signer=actor, meaning=meaning, credentials=credentials, capacity=capacity, reason=reason)


def _advance(
    row: Any,
    step: Step,
    part: Part | None,
    actor: User | None,
    signature: Signature | None,
    reason: str,
    values: Mapping[str, Any],
) -> Any:
    if part is not None and actor is not None and step.parts is not None:
        _note_part(row, step, part, actor, signature)
        if len(done_parts(row, step.key)) < len(step.parts(row).parts):
            sentence = f"{step.past} as {part.capacity_of(actor)}"
            audit.append(row, actor=actor, verb=step.key, sentence=sentence, reason=reason)
            return row
    for name, value in values.items():
        setattr(row, name, value)
    target = step.leads(row) if step.leads else step.target
    if target != row.state:
        row.state = target
        row.state_revision = row.revision + 1
    sentence = f"{step.past} as {part.capacity_of(actor)}" if part and actor else step.past
    return audit.save(row, actor=actor, verb=step.key, sentence=sentence, reason=reason, in_step=True)


def _note_part(row: Any, step: Step, part: Part, actor: User, signature: Signature | None) -> None:
    PartDone.objects.create(
        record_kind=kind_of(row),
        record_id=row.pk,
        step=step.key,
        part=part.key,
        label=part.label,
        state_revision=row.state_revision,
        actor=actor,
        signature=signature,
    )
