"""What stands in the closed lanes of the world: one of each kind of record that has a lane, and what gives it away."""

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from cqms.accounts.models import User
from cqms.attachments.kinds import MARKDOWN
from cqms.attachments.models import Attachment
from cqms.attachments.services import attach
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.comments.models import Comment
from cqms.comments.services import write_comment
from cqms.organizations.models import TrackedModel
from cqms.organizations.scope import scope
from cqms.portal.lanes import reclassify
from cqms.records.models import PartOfRecord
from cqms.redactions.models import Redaction
from cqms.trail_reviews.models import TrailReview
from documents.models import Document
from quality_events.deviations.imports import services as imports
from quality_events.deviations.models import DeviationImport
from quality_events.models import EventRecord
from quality_events.types import types
from studies.conduct.services import set_randomisation
from studies.models import Study
from tests.cast import Cast
from tests.world import building as worlds
from tests.world import events

WORDS = {Lane.UNBLINDED: "Quillwort", Lane.CONFIDENTIAL: "Mossgray"}
"""A word for each closed lane that stands in whatever one can write there."""
_MOVED = {Lane.UNBLINDED: worlds.IN_APPROVAL, Lane.CONFIDENTIAL: worlds.EFFECTIVE}

Hide = Callable[[Cast, str, User], TrackedModel]


@dataclass(frozen=True)
class Secret:
    """A record in a closed lane, and its number or title when it had a life in the open before."""

    record: TrackedModel
    names: tuple[str, ...] = ()

    def patterns(self) -> list[str]:
        """What would give it away: its names, its addresses, and the entries about it."""
        kind, pk = kind_of(self.record), self.record.pk
        pattern = [re.escape(name).replace("\\ ", " ?") for name in self.names]
        pattern += [rf"{re.escape(kind)}/{pk}\b", rf'"kind": ?"{re.escape(kind)}", ?"record_id": ?{pk}\b']
        if isinstance(self.record, PartOfRecord):
            pattern += [rf"/(?:files|comments)/{pk}/", rf"file-{pk}\b", rf"comment-{pk}\b"]
        told = _told_of(self.record).values_list("pk", flat=True)
        return [*pattern, *(rf"event[-=]{event}\b" for event in told)]


class Giveaways:
    """What tells of something hidden, in whatever case.

    Pattern and text are compared in lower case, and no pattern begins with an optional part: the engine then skips to
    the letters that one can begin with, where `re.IGNORECASE` would try every pattern at every place.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        self._pattern = re.compile("|".join(self.patterns).lower())

    def __add__(self, other: "Giveaways") -> "Giveaways":
        return Giveaways(self.patterns + other.patterns)

    def told_in(self, text: str) -> set[str]:
        """The words of the text that tell."""
        return set(self._pattern.findall(text.lower()))


def _told_of(record: TrackedModel) -> models.QuerySet[AuditEvent]:
    if isinstance(record, PartOfRecord | DeviationImport):
        return AuditEvent.objects.filter(record_kind=kind_of(record), record_id=record.pk)
    return AuditEvent.objects.filter(subject_kind=kind_of(record), subject_id=record.pk)


def _document(cast: Cast, lane: str, actor: User) -> TrackedModel:
    """One that lived in the open: people were told of it, it was signed, reviewed and exported."""
    found = worlds.version_of(_MOVED[Lane(lane)]).document
    return reclassify(found, lane, actor=actor, reason=f"It tells too much, {WORDS[Lane(lane)]}.")


def _trail_review(cast: Cast, lane: str, actor: User) -> TrackedModel:
    state = {Lane.UNBLINDED: "running", Lane.CONFIDENTIAL: "planned"}[Lane(lane)]
    return reclassify(TrailReview.objects.get(state=state), lane, actor=actor, reason=f"It tells {WORDS[Lane(lane)]}.")


def _file(cast: Cast, lane: str, actor: User) -> TrackedModel:
    word, content = WORDS[Lane(lane)], f"# {WORDS[Lane(lane)]}".encode()
    return attach(
        worlds.study_of_world(), content, name=f"{word}.md", actor=actor, allowed=[MARKDOWN], label=word, lane=lane
    )


def _comment(cast: Cast, lane: str, actor: User) -> TrackedModel:
    version = worlds.version_of(worlds.APPROVED)
    return write_comment(version, f"Did you see {WORDS[Lane(lane)]}?", actor=actor, lane=lane)


def _import(cast: Cast, lane: str, actor: User) -> TrackedModel:
    word, study = WORDS[Lane(lane)], worlds.study_of_world()
    text = f"{events.EXTRACT}D-{word},,2026-03-31,The dose was told {word}.\n".encode()
    return imports.receive(
        study, io.BytesIO(text), name=f"{word}.csv", source_system=f"EDC {word}", actor=actor, lane=Lane(lane)
    )


def _moved_of(model: type[TrackedModel]) -> Hide:
    """One of that kind which lived in the open."""

    def hidden(cast: Cast, lane: str, actor: User) -> TrackedModel:
        found = model._default_manager.filter(lane=Lane.GENERAL).earliest("pk")
        return reclassify(found, lane, actor=actor, reason=f"It tells too much, {WORDS[Lane(lane)]}.")

    return hidden


def _redaction(cast: Cast, lane: str, actor: User) -> TrackedModel:
    """One that went along with its record, else one asked for where the record is already."""
    along = Redaction.objects.filter(lane=lane).order_by("pk").first()
    if along is not None:
        return along
    review = TrailReview.objects.get(lane=lane)
    return worlds.prepare_redaction(review, review.why_critical, worlds.our_players(cast))


KINDS: dict[type[TrackedModel], Hide] = {
    Document: _document, TrailReview: _trail_review, Attachment: _file, Comment: _comment,
    Redaction: _redaction, DeviationImport: _import,
    **{each.model: _moved_of(each.model) for each in types()},
}  # fmt: skip
"""How one record of each kind that has a lane comes to stand in a closed one."""


def tracked() -> list[type[TrackedModel]]:
    """Every kind of record."""
    return [model for model in apps.get_models() if issubclass(model, TrackedModel)]


def with_lanes() -> list[type[TrackedModel]]:
    """Every kind of record that can stand in a lane of its own."""
    return [model for model in tracked() if any(field.name == "lane" for field in model._meta.concrete_fields)]


def hide(cast: Cast, lane: Lane) -> Giveaways:
    """Put one record of each kind, and each field of a study, in a closed lane; what nobody else may find of it."""
    actor = cast.statistician if lane == Lane.UNBLINDED else cast.qa
    with scope(cast.ours):
        events.fill(worlds.study_of_world(), worlds.version_of(worlds.DRAFT).document, worlds.our_players(cast))
        found = [Secret(made(cast, lane, actor)) for made in KINDS.values()]
        found = [Secret(each.record, _names(each.record)) for each in found]
        patterns = [WORDS[lane], *(pattern for each in found for pattern in each.patterns())]
        if lane == Lane.UNBLINDED:
            patterns += _scheme(actor)
    return Giveaways(patterns)


def _names(record: TrackedModel) -> tuple[str, ...]:
    if isinstance(record, Document):
        return record.number, record.title
    return (record.number,) if isinstance(record, TrailReview | EventRecord | Redaction) else ()


def _scheme(actor: User) -> list[str]:
    study: Study = worlds.study_of_world()
    word = WORDS[Lane.UNBLINDED]
    for text in (f"Blocks of 4, {word}.", f"Blocks of 6, {word}."):
        study = set_randomisation(study, text, actor=actor, revision=study.closed_revision, reason=f"{word} grew.")
    told = AuditEvent.objects.filter(lane=Lane.UNBLINDED, record_kind="studies.study").values_list("pk", flat=True)
    return ["randomi[sz]ation", *(rf"event[-=]{event}\b" for event in told)]
