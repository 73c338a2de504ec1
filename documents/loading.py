"""The documents of a load: each with a version somewhere on its way, reviewed, approved and signed as far as it got."""

import datetime as dt
from dataclasses import replace
from functools import partial

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Person, Place, in_part, taken
from cqms.signatures.models import Meaning
from documents.models import Capacity, Document, DocumentType, Participant, TrainingImpact, Version, VersionState
from documents.services import PREFIXES
from documents.workflow import VERSION
from studies.models import STUDY

_S = VersionState
SHARE = 3
_SUBJECTS = ("informed consent", "site selection", "data review", "safety reporting", "archiving", "monitoring visits",
             "vendor oversight", "randomisation", "sample handling", "deviation handling", "training")  # fmt: skip
_VERBS = ("Handling of", "Control of", "Planning of", "Review of", "Records of", "Quality of")
_DEPARTMENTS = ("Clinical operations", "Quality assurance", "Data management", "Safety", "Regulatory affairs")
_GENERAL = (DocumentType.SOP, DocumentType.WORK_INSTRUCTION, DocumentType.FORM, DocumentType.TEMPLATE)
_FATES = ((_S.EFFECTIVE, 70), (_S.APPROVED, 4), (_S.IN_APPROVAL, 4), (_S.IN_REVIEW, 6), (_S.DRAFT, 8), (_S.RETIRED, 8))
_DAY = dt.timedelta(days=1)


def build(load: Load, records: int) -> None:
    """So many documents of one organization, two thirds of them below a study."""
    for number in range(records):
        _document(load, BEGIN + dt.timedelta(days=700) * number / max(records, 1))


def _document(load: Load, at: dt.datetime) -> None:
    random = load.teller.random
    study = random.choice(load.places) if random.random() < 2 / 3 else None
    type_ = DocumentType.STUDY_PLAN if study else random.choice(_GENERAL)
    number, subject = load.number(PREFIXES[type_]), random.choice(_SUBJECTS)
    title = f"{random.choice(_VERBS)} {subject} {random.randrange(1000):03}"
    author, owner = load.one("author"), load.one("approver")
    begin = {"number": number, "type": type_, "title": title, "owner_id": owner.pk, "study_id": study and study[0],
             "department": random.choice(_DEPARTMENTS)}  # fmt: skip
    anchor = (STUDY, study[0]) if study else None
    place = Place(f"{number} {title}", anchor=anchor)
    pk = load.teller.tell(Document, begin, [Act(at, author, "create", "created the document")], place)
    told = Place(f"{number} version 1.0 {title}", ("documents.document", pk), anchor)
    state, version = _version(load, pk, title, at, author, owner, told)
    words = [DocumentType(type_).label, str(begin["department"]), title, *(version[name] for name in _FOUND)]
    entry = {"number": number, "title": title, "text": " ".join(words),
             "state": _S(state).label, "tone": VERSION.tones[_S(state)]}  # fmt: skip
    load.teller.find(Document, pk, entry, place)


_FOUND = ("change_summary", "regulations", "audience", "markdown")


def _version(
    load: Load, document: int, title: str, at: dt.datetime, author: Person, owner: Person, place: Place
) -> tuple[str, dict[str, str]]:
    random = load.teller.random
    fate = random.choices([state for state, _ in _FATES], [weight for _, weight in _FATES])[0]
    content = {
        "change_summary": "First version", "regulations": "ICH E6(R3) 3.10", "audience": "Everybody in studies",
        "markdown": f"# Purpose\n\n{title} is done in the same way everywhere.\n\n# Steps\n\n1. Plan it.\n2. Do it.",
    }  # fmt: skip
    begin = {
        "document_id": document, "state": _S.DRAFT, "major": 1, "minor": 0, "title": title, "author_id": author.pk,
        "change_reason": "The process was not described yet.", "training_impact": TrainingImpact.READ, **content,
    }  # fmt: skip
    acts = _acts(load, fate, at, author, owner)
    pk = load.teller.tell(Version, begin, acts, place)
    if fate == _S.IN_REVIEW:
        _reviewer(load, pk, at, author, place)
    return fate, content


def _acts(load: Load, fate: str, at: dt.datetime, author: Person, owner: Person) -> list[Act]:
    """The way of a version to its fate, a step every few days."""
    quality, control, step = load.one("qa"), load.one("document_control"), partial(taken, VERSION)
    day = (at + 20 * _DAY).date()
    in_force = {"effective_on": day, "effective_at": at + 20 * _DAY, "next_review_on": day + 730 * _DAY}
    retired = step("retire", at + 300 * _DAY, owner, {"ended_at": at + 300 * _DAY})
    acts = [
        Act(at, author, "draft", "created the version"),
        step("submit", at + 3 * _DAY, author),
        in_part(step("review", at + 6 * _DAY, load.one("medical_monitor")), "reviewer", Meaning.REVIEWED),
        in_part(step("approve", at + 9 * _DAY, quality), "quality assurance", Meaning.QA_APPROVED),
        step("take_effect", at + 20 * _DAY, control, in_force),
        replace(in_part(retired, "process owner", Meaning.APPROVED), reason="The process is described elsewhere."),
    ]
    way = (_S.DRAFT, _S.IN_REVIEW, _S.IN_APPROVAL, _S.APPROVED, _S.EFFECTIVE, _S.RETIRED)
    return acts[: way.index(_S(fate)) + 1]


def _reviewer(load: Load, version: int, at: dt.datetime, author: Person, place: Place) -> None:
    person = load.one("medical_monitor")
    begin = {"version_id": version, "person_id": person.pk, "capacity": Capacity.REVIEWER}
    told = Place(f"{person.name} as Reviewer of {place.label}"[:300], place.subject, place.anchor)
    load.teller.tell(Participant, begin, [Act(at, author, "name", f"named {person.name} as reviewer")], told)


contributions.register(20, build, share=SHARE)
