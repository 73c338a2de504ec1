"""Where words stand: in a record, in everything told on its page, in their history, trail and signatures.

Found in the free text of rows alone: numbers, states, hashes and keys are never touched.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from cqms.attachments.models import StoredFile
from cqms.audit.guard import tracked_models
from cqms.audit.ledger.arming import sealed_models
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.past import states_of
from cqms.history.models import HistoryRow
from cqms.organizations.models import TrackedModel

Keys = dict[str, set[int]]
"""Kind of record → ids."""

_NOT_WORDS = frozenset({
    "number", "sha256", "content_hash", "content_sha256", "words_sha256", "zone", "proof", "verb", "step", "part",
    "history_type", "path", "lanes", "reaches", "kinds", "columns", "public_key", "note", "endorsement", "role",
    "media_type", "device", "meaning", "method", "key",
})  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Rows of one table that hold the words: its primary key's column, the columns of free text, and the rows."""

    model: type[Model]
    columns: tuple[str, ...]
    ids: tuple[int, ...]

    def told(self) -> dict[str, object]:
        """As the database's own function takes it."""
        meta = self.model._meta
        return {"table": meta.db_table, "key": _key(self.model), "columns": self.columns, "ids": self.ids}

    @property
    def label(self) -> str:
        """In words for the page of the redaction."""
        name = str(self.model._meta.verbose_name)
        return f"history of the {name.removeprefix('historical ')}" if issubclass(self.model, HistoryRow) else name


def story_of(record: TrackedModel) -> Keys:
    """The record, everything told on its page, and what points to one of them without a key (deadlines, files)."""
    found: Keys = defaultdict(set, {kind_of(record): {record.pk}})
    events = AuditEvent.objects.filter(subject_kind=kind_of(record), subject_id=record.pk).order_by()
    for kind, pk in events.values_list("record_kind", "record_id").distinct():
        found[kind].add(pk)
    for model in tracked_models():
        found[kind_of(model)] |= set(_pointing(model, found).values_list("pk", flat=True))
    return {kind: pks for kind, pks in found.items() if pks}


def places_of(record: TrackedModel, words: Sequence[str]) -> list[Place]:
    """Every row of the record's story, and of the ledger's tables about it, in which one of the words stands."""
    story = story_of(record)
    rows = [*_rows_of_records(story), *_rows_about(record, story)]
    places = [_place(found, words) for found in rows]
    return [place for place in places if place.ids]


def files_of(record: TrackedModel) -> dict[str, str]:
    """The stored files of the record's story: SHA-256 → what it is, in words."""
    found: dict[str, str] = {}
    for model, pks in _models(story_of(record)):
        for field in model._meta.concrete_fields:
            if field.related_model is StoredFile:
                rows = model._default_manager.filter(pk__in=pks).select_related(field.name).order_by("pk")
                for row in rows:
                    stored = getattr(row, field.name)
                    if stored is not None:
                        found.setdefault(stored.sha256, f"{row} ({field.verbose_name}, {stored.size:,} bytes)")
    return found


def free_text(model: type[Model]) -> tuple[str, ...]:
    """The columns of a table in which people's words stand."""
    return tuple(str(field.column) for field in model._meta.concrete_fields if _holds_words(field))


def _holds_words(field: Any) -> bool:
    if field.name in _NOT_WORDS or field.name.endswith("_kind") or field.choices or field.primary_key:
        return False
    if isinstance(field, ArrayField):
        return isinstance(field.base_field, CharField | TextField) and not field.base_field.choices
    return isinstance(field, CharField | TextField | JSONField)


def _models(story: Keys) -> Iterator[tuple[type[TrackedModel], set[int]]]:
    known = {kind_of(model): model for model in tracked_models()}
    for kind, pks in sorted(story.items()):
        if kind in known:
            yield known[kind], pks


def _rows_of_records(story: Keys) -> Iterator[QuerySet[Any]]:
    for model, pks in _models(story):
        yield model._default_manager.filter(pk__in=pks)
        yield states_of(model, pks)


def _rows_about(record: TrackedModel, story: Keys) -> Iterator[QuerySet[Any]]:
    """Events, signatures, and whatever else is written once about a record of the story."""
    kind, pk = kind_of(record), record.pk
    told = Q(subject_kind=kind, subject_id=pk) | Q(anchor_kind=kind, anchor_id=pk)
    yield AuditEvent.objects.filter(told | _named("record", story))
    for model in sealed_models():
        if not issubclass(model, HistoryRow) and model is not AuditEvent:
            yield _pointing(model, story)


def _pointing(model: Any, story: Keys) -> QuerySet[Any]:
    """The rows of a table that name a record of the story by kind and id, or, written once, by a foreign key."""
    names = {field.name for field in model._meta.concrete_fields}
    pairs = [name.removesuffix("_kind") for name in names if name.endswith("_kind")]
    chosen = Q(pk__in=())
    for pair in pairs:
        if f"{pair}_id" in names:
            chosen |= _named(pair, story)
    if not issubclass(model, TrackedModel):
        for field in model._meta.concrete_fields:
            if field.related_model is not None and kind_of(field.related_model) in story:
                chosen |= Q(**{f"{field.name}__in": story[kind_of(field.related_model)]})
    return model._default_manager.filter(chosen)


def _named(pair: str, story: Keys) -> Q:
    chosen = Q(pk__in=())
    for kind, pks in story.items():
        chosen |= Q(**{f"{pair}_kind": kind, f"{pair}_id__in": pks})
    return chosen


def _place(rows: QuerySet[Any], words: Sequence[str]) -> Place:
    columns = free_text(rows.model)
    texts = {f"text_of_{column}": Cast(_name_of(rows.model, column), TextField()) for column in columns}
    holds = Q(pk__in=())
    for name in texts:
        for spelling in spellings(words):
            holds |= Q(**{f"{name}__contains": spelling})
    found = rows.order_by().annotate(**texts).filter(holds).values_list("pk", flat=True)
    return Place(rows.model, columns, tuple(sorted(found)) if columns else ())


def spellings(words: Iterable[str]) -> list[str]:
    """The words as text holds them, and as JSON does where that differs."""
    return sorted({each for word in words for each in (word, json.dumps(word, ensure_ascii=False)[1:-1])})


def _name_of(model: type[Model], column: str) -> str:
    return next(field.name for field in model._meta.concrete_fields if field.column == column)


def _key(model: type[Model]) -> str:
    return str(model._meta.pk.column) if model._meta.pk is not None else "id"
