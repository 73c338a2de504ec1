"""The story of a record, told row by row: what `audit.save` and the workflow engine would have written."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from cqms.audit.guard import history_model
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.organizations.models import TrackedModel
from cqms.portal.loading.tables import Tables
from cqms.search.models import SearchEntry
from cqms.signatures.content import canonical_text, digest
from cqms.signatures.models import STATEMENTS, Meaning, Signature
from cqms.workflow.engine import Workflow

_LOADED = 1  # the number of the transaction that history rows name; guards are away when they are written


@dataclass(frozen=True)
class Person:
    """Somebody who acts."""

    pk: int
    name: str


@dataclass(frozen=True)
class Covered:
    """A row that a signature covers instead of the record itself: a stage as it was handed in, written before."""

    model: type[TrackedModel]
    values: Mapping[str, Any]
    label: str


@dataclass(frozen=True)
class Act:
    """One thing somebody did to a record: when, in words, which columns it set; `meaning` if it was signed.

    The signature is of the record, or of the row that is `covered`.
    """

    at: dt.datetime
    actor: Person | None
    verb: str
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    meaning: Meaning | None = None
    capacity: str = ""
    covered: Covered | None = None


def taken(
    workflow: Workflow, key: str, at: dt.datetime, person: Person, values: Mapping[str, Any] | None = None
) -> Act:
    """A step of a life, with the words and the signature that the workflow gives it."""
    step = workflow.step(key)
    return Act(at, person, key, step.past, {"state": step.target, **(values or {})}, "", step.signature)


def in_part(act: Act, label: str, meaning: Meaning) -> Act:
    """A step that needs several people, as one of them takes it."""
    return replace(act, sentence=f"{act.sentence} as {label}", capacity=label, meaning=meaning)


@dataclass(frozen=True)
class Place:
    """Where a record is told: its label, the record on whose page, the anchor, the lane."""

    label: str
    subject: tuple[str, int] | None = None
    anchor: tuple[str, int] | None = None
    lane: str = Lane.GENERAL


class Teller:
    """Writes the records of one organization."""

    def __init__(self, tables: Tables, organization_id: int, zone: str, random: Random) -> None:
        self.tables, self.organization_id, self.zone, self.random = tables, organization_id, zone, random

    def tell(self, model: type[TrackedModel], begin: Mapping[str, Any], acts: Sequence[Act], place: Place) -> int:
        """A record with its history, events and signatures; its key. The first act creates it."""
        pk = self.tables.next_key(model)
        values = {**_signed_defaults(model), **begin, "id": pk, "organization_id": self.organization_id}
        for number, act in enumerate(acts):
            before = values.get("state", "")
            values |= {**act.values, "revision": number + 1}
            if "state" in values and (values["state"] != before or number == 0):
                values["state_revision"] = number + 1
            action = uuid.UUID(int=self.random.getrandbits(128), version=4)
            self._history(model, values, act, action, "~" if number else "+")
            self._event(model, values, act, action, place, before)
            if act.meaning is not None:
                itself = Covered(model, {**values, "revision": number}, place.label)
                self._signature(act.covered or itself, act, action)
        self.tables.add(model, **values)
        return pk

    def note(self, model: type[TrackedModel], pk: int, act: Act, place: Place) -> None:
        """An entry about a record that changes nothing in it."""
        action = uuid.UUID(int=self.random.getrandbits(128), version=4)
        self._event(model, {"id": pk}, act, action, place, "")

    def find(self, model: type[TrackedModel], pk: int, entry: Mapping[str, str], place: Place) -> None:
        """Let search find a record: `entry` has number, title, text, state and tone."""
        kind, anchor = kind_of(model), place.anchor or ("", None)
        parts = entry["number"].replace("-", " ")
        self.tables.add(
            SearchEntry, organization_id=self.organization_id, kind=kind, record_id=pk, anchor_kind=anchor[0],
            anchor_id=anchor[1], lane=place.lane, **{**entry, "text": f"{parts} {entry['text']}"},
        )  # fmt: skip

    def _history(
        self, model: type[TrackedModel], values: dict[str, Any], act: Act, action: uuid.UUID, kind: str
    ) -> None:
        kept = history_model(model)
        self.tables.add(
            kept, **{**values, "history_id": self.tables.next_key(kept)}, history_date=act.at, history_type=kind,
            history_user_id=act.actor.pk if act.actor else None, history_change_reason=act.reason, action_id=action,
            transaction_id=_LOADED,
        )  # fmt: skip

    def _event(
        self, model: type[TrackedModel], values: dict[str, Any], act: Act, action: uuid.UUID, place: Place, before: str
    ) -> None:
        subject = place.subject or (kind_of(model), values["id"])
        anchor = place.anchor or ("", None)
        self.tables.add(
            AuditEvent, organization_id=self.organization_id, action_id=action, transaction_id=_LOADED, at=act.at,
            actor_id=act.actor.pk if act.actor else None, actor_name=act.actor.name if act.actor else "System",
            zone=self.zone if act.actor else "", verb=act.verb, sentence=act.sentence, record_kind=kind_of(model),
            record_id=values["id"], record_label=place.label[:300], subject_kind=subject[0], subject_id=subject[1],
            anchor_kind=anchor[0], anchor_id=anchor[1], lane=place.lane, reason=act.reason,
            changes=_changes(model, values, before),
        )  # fmt: skip

    def _signature(self, covered: Covered, act: Act, action: uuid.UUID) -> None:
        assert act.actor is not None
        assert act.meaning is not None
        model, values = covered.model, covered.values
        columns = {each.name: each.attname for each in model._meta.concrete_fields}
        fields = {name: _plain(values[columns[name]]) for name in model.signed_fields}  # type: ignore[attr-defined]
        content = canonical_text(kind_of(model), values["id"], fields, {})
        self.tables.add(
            Signature, organization_id=self.organization_id, signer_id=act.actor.pk, signer_name=act.actor.name,
            meaning=act.meaning, statement=STATEMENTS[act.meaning].format(record=covered.label)[:500],
            capacity=act.capacity, reason=act.reason, signed_at=act.at, zone=self.zone, method="password",
            record_kind=kind_of(model), record_id=values["id"], record_label=covered.label[:300],
            revision=values["revision"], content=content, content_hash=digest(content), action_id=action,
        )  # fmt: skip


@cache
def _signed_defaults(model: type[TrackedModel]) -> dict[str, Any]:
    """What a signature covers even where a record does not say it."""
    names = getattr(model, "signed_fields", ())
    return {each.attname: each.get_default() for each in model._meta.concrete_fields if each.name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _changes(model: type[TrackedModel], values: Mapping[str, Any], before: str) -> list[dict[str, str]]:
    """What the entry says of the state; a new record says how it begins."""
    state = values.get("state", "")
    if state == before:
        return []
    words = dict(model._meta.get_field("state").flatchoices)
    return [{"field": "state", "label": "state", "old": str(words.get(before, "")), "new": str(words[state])}]
