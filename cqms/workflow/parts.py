"""Parts: a step that needs several people, in order or side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet

from cqms.access.policies import Policy
from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.audit.refusals import Denied, Refused
from cqms.organizations.models import TrackedModel
from cqms.signatures.models import Meaning
from cqms.workflow.models import PartDone

_KNOWN = "_parts_known_to_be_done"


@dataclass(frozen=True)
class Part:
    """What one person contributes to a step: `key` is stable, `label` is read, `allowed` says who may.

    `meaning` replaces the meaning of the step's signature for this part; `named` is whose name ends the label,
    `holder` the person whose part it is, where it is one person's.
    """

    key: str
    label: str
    allowed: Policy
    meaning: Meaning | None = None
    named: str = ""
    holder: int | None = None

    @property
    def capacity(self) -> str:
        """In which capacity it is signed: the label without the name of the person it belongs to."""
        return self.label.removesuffix(self.named).strip()

    def capacity_of(self, actor: User) -> str:
        """The capacity of this person; who stands in for somebody away says for whom."""
        if self.holder is None or self.holder == actor.pk:
            return self.capacity
        return f"{self.capacity}, for {User.objects.get(pk=self.holder)}"


@dataclass(frozen=True)
class Parts:
    """All parts of a step. Ordered parts wait for the one before."""

    parts: tuple[Part, ...]
    ordered: bool


def in_order(*parts: Part) -> Parts:
    """One after the other; out of order is refused (21 CFR 11.10(f))."""
    return Parts(parts, ordered=True)


def side_by_side(*parts: Part) -> Parts:
    """In any order."""
    return Parts(parts, ordered=False)


class PartDoneAlready(Refused):
    """The part of this person, or the part itself, is done."""


def done_parts(record: Any, step: str) -> dict[str, PartDone]:
    """The parts of a step that are done since the record entered its state, by key."""
    known: list[PartDone] | None = record.__dict__.get(_KNOWN)
    if known is not None:
        return {row.part: row for row in known if (row.step, row.state_revision) == (step, record.state_revision)}
    rows = PartDone.objects.filter(
        record_kind=kind_of(record), record_id=record.pk, step=step, state_revision=record.state_revision
    )
    return {row.part: row for row in rows.select_related("actor")}


def parts_done_of(model: type[TrackedModel], step: str) -> QuerySet[PartDone]:
    """For a question over the rows of a model: the parts of a step that are done in the state each row is in."""
    return PartDone.objects.filter(
        record_kind=kind_of(model), record_id=OuterRef("pk"), step=step, state_revision=OuterRef("state_revision")
    )


def with_done_parts(rows: Iterable[Any]) -> list[Any]:
    """The same records of one kind, only to be read: with one query they know which parts of theirs are done."""
    records = list(rows)
    if records:
        known: dict[int, list[PartDone]] = {record.pk: [] for record in records}
        for row in PartDone.objects.filter(record_kind=kind_of(records[0]), record_id__in=known).select_related(
            "actor"
        ):
            known[row.record_id].append(row)
        for record in records:
            setattr(record, _KNOWN, known[record.pk])
    return records


def open_parts(parts: Parts, done: dict[str, PartDone]) -> list[Part]:
    """The parts that can be done now."""
    waiting = [part for part in parts.parts if part.key not in done]
    return waiting[:1] if parts.ordered else waiting


def part_for(parts: Parts, done: dict[str, PartDone], actor: User, record: TrackedModel) -> Part:
    """The part this person can do now.

    Raises PartDoneAlready when they did theirs, Denied when no open part is theirs; one person never does two
    parts of one step.
    """
    if any(row.actor_id == actor.pk for row in done.values()):
        raise PartDoneAlready("You have done your part of this step already.")
    turn = open_parts(parts, done)
    for part in turn:
        if part.allowed(actor, record):
            return part
    later = [part for part in parts.parts if part.key not in done and part.allowed(actor, record)]
    if later:
        raise Denied(f"It is not your turn yet: {turn[0].label} comes before {later[0].label}.")
    awaited = " or ".join(part.label for part in turn)
    raise Denied(turn[0].allowed.why_not(actor, record) or f"This step waits for {awaited}.")
