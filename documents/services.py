"""Writing documents: opening them, their versions, their content, and who takes part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.attachments import services as attachments
from cqms.attachments.kinds import MARKDOWN, PDF, TEXT
from cqms.attachments.models import StoredFile
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, WrongState, refusable
from cqms.jobs.services import enqueue
from cqms.numbering.services import record_number
from cqms.organizations.capabilities import Capability
from cqms.reports.documents import UnusablePdf, check_uploaded_pdf, markdown_to_html
from documents.models import IN_WORK, Capacity, Document, DocumentType, Participant, Version, VersionState
from documents.policies import may_draft, may_edit
from studies.models import Study


@dataclass(frozen=True)
class Draft:
    """What an author gives for a version: its fields, who takes part (None leaves it), and a file (name, bytes)."""

    content: Mapping[str, Any] = field(default_factory=dict)
    reviewers: Sequence[User] | None = None
    function_leads: Sequence[User] | None = None
    file: tuple[str, bytes] | None = None


PREFIXES: dict[str, str] = {
    DocumentType.POLICY: "POL",
    DocumentType.SOP: "SOP",
    DocumentType.WORK_INSTRUCTION: "WI",
    DocumentType.FORM: "FRM",
    DocumentType.TEMPLATE: "TPL",
    DocumentType.MANUAL: "MAN",
    DocumentType.STUDY_PLAN: "PLN",
}
CONTENT = (
    "title", "change_summary", "change_reason", "training_impact", "audience", "regulations", "markdown",
)  # fmt: skip
"""What an author writes of a version; everything else follows from steps and files."""
_ON_THE_COVER = ("title", "markdown")


def open_document(
    *,
    actor: User,
    type: str,  # noqa: A002 - the field's own name
    title: str,
    owner: User,
    study: Study | None = None,
    department: str = "",
    draft: Draft,
) -> Version:
    """Open a document with its first draft, 1.0, written by the actor.

    Raises Denied where the actor may not draft here, ValidationError; nothing is made then.
    """
    _check_scope(type, study)
    document = Document(type=type, title=title.strip(), owner=owner, study=study, department=department)
    check_words(document, ("type", "title", "department"))
    may_draft.demand(actor, document)
    check_owner(document, owner)
    with transaction.atomic():
        document.number = record_number(PREFIXES[type])
        audit.save(document, actor=actor)
        return _begin(document, 1, 0, actor, draft, {"title": document.title})


def begin_version(document: Document, *, actor: User, minor: bool, draft: Draft) -> Version:
    """Begin the next version as a draft of the actor; the text of the newest one is taken over unless replaced.

    Raises Denied, or WrongState while another version is in work.
    """
    with refusable(document, actor=actor, attempt="begin a version"), transaction.atomic():
        locked = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
        may_draft.demand(actor, locked)
        newest = locked.versions.order_by("-major", "-minor").first()
        if newest.state in IN_WORK:
            raise WrongState(
                f"Version {newest.label} is still {newest.get_state_display().lower()}. Finish or void it first."
            )
        major, smaller = (newest.major, newest.minor + 1) if minor else (newest.major + 1, 0)
        taken_over = {"title": locked.title, "markdown": newest.markdown, "regulations": newest.regulations}
        return _begin(locked, major, smaller, actor, draft, taken_over)


def demand_draft(version: Version) -> None:
    """Go on with a draft only. Raises WrongState."""
    if version.state != VersionState.DRAFT:
        state = version.get_state_display().lower()
        raise WrongState(f"Version {version.label} is {state}; only a draft can be changed.")


def change_draft(version: Version, *, actor: User, revision: int | None, draft: Draft) -> Version:
    """Change a draft; its PDF is made anew when the cover or the text changed.

    Raises Denied, WrongState, Changed, ValidationError.
    """
    with refusable(version, actor=actor, attempt="change the version"), transaction.atomic():
        row = _locked_draft(version, actor, revision)
        content = draft.content
        touched = [name for name in _ON_THE_COVER if name in content and content[name] != getattr(row, name)]
        _put(row, content)
        if touched and row.markdown:
            row.rendition = row.source = None
        audit.save(row, actor=actor)
        _follow_title(row, actor)
        return _complete(row, actor, draft)


def _begin(
    document: Document, major: int, minor: int, actor: User, draft: Draft, taken_over: Mapping[str, Any]
) -> Version:
    version = Version(document=document, major=major, minor=minor, author=actor)
    _put(version, {**taken_over, **draft.content})
    audit.save(version, actor=actor, verb="draft", sentence=f"began version {version.label}")
    return _complete(version, actor, draft)


def _complete(version: Version, actor: User, draft: Draft) -> Version:
    if draft.file is not None:
        _take_file(version, actor, *draft.file)
    if draft.reviewers is not None:
        _name_exactly(version, Capacity.REVIEWER, draft.reviewers, actor)
    if draft.function_leads is not None:
        _name_exactly(version, Capacity.FUNCTION_LEAD, draft.function_leads, actor)
    _ask_for_rendition(version)
    return version


def _take_file(version: Version, actor: User, name: str, data: bytes) -> None:
    """A PDF becomes source and rendition at once; a Markdown file becomes the text, rendered later."""
    stored = _store(data, name, actor)
    shown = attachments.clean_name(name)
    if stored.media_type == PDF.media_type:
        version.markdown, version.source, version.rendition = "", stored, stored
    else:
        version.markdown, version.source, version.rendition = data.decode("utf-8-sig"), None, None
        _check_markdown(version.markdown, "file")
    version.source_name = shown
    audit.save(version, actor=actor, verb="upload", sentence=f"uploaded {shown}")


def _name_exactly(version: Version, capacity: Capacity, people: Sequence[User], actor: User) -> None:
    """Name these people in a capacity and withdraw all others; nobody is deleted."""
    _check_people(version, capacity, people)
    known = {p.person_id: p for p in Participant.objects.filter(version=version, capacity=capacity)}
    for person in people:
        _name(version, capacity, person, known.get(person.pk), actor)
    for participant in known.values():
        if participant.person_id not in {person.pk for person in people}:
            _withdraw(participant, actor)


def _put(version: Version, content: Mapping[str, Any]) -> None:
    if content.keys() - set(CONTENT):
        raise TypeError(f"A draft does not set {', '.join(sorted(content.keys() - set(CONTENT)))}.")
    for name, value in content.items():
        setattr(version, name, value.strip() if isinstance(value, str) and name != "markdown" else value)
    check_words(version, CONTENT)
    _check_markdown(version.markdown)


def check_words(record: Document | Version, names: Sequence[str]) -> None:
    """Missing, unknown or too long words, each beside its field."""
    record.clean_fields(exclude={field.name for field in record._meta.fields} - set(names))


def _check_markdown(text: str, beside: str = "markdown") -> None:
    problems = markdown_to_html(text)[1] if text else []
    if problems:
        raise ValidationError({beside: [str(problem) for problem in problems[:10]]})


def _ask_for_rendition(version: Version) -> None:
    if version.markdown.strip() and version.rendition_id is None:
        label = f"PDF of {version.document.number} version {version.label}"
        enqueue("documents.render_version", actor=None, label=label, version=version.pk)


def _follow_title(version: Version, actor: User) -> None:
    document = version.document
    if document.versions.count() == 1 and document.title != version.title:
        document.title = version.title
        said = "changed the title of the document with that of its first draft"
        audit.save(document, actor=actor, sentence=said, in_step=True)


def _locked_draft(version: Version, actor: User, revision: int | None) -> Version:
    row = Version.objects.select_for_update(of=("self",)).select_related("document").get(pk=version.pk)
    demand_draft(row)
    may_edit.demand(actor, row)
    if revision is not None and row.revision != revision:
        raise Changed("Somebody changed this version while you had it open. Both versions are shown below.")
    return row


def _store(data: bytes, name: str, actor: User) -> StoredFile:
    try:
        stored = attachments.store(data, name=name, actor=actor, allowed=[PDF, MARKDOWN, TEXT])
        if stored.media_type == PDF.media_type:
            check_uploaded_pdf(data)
    except UnusablePdf as error:
        raise ValidationError({"file": str(error)}) from error
    except attachments.UnusableFile as error:
        raise ValidationError({"file": error.messages}) from error
    return stored


def _check_scope(type_: str, study: Study | None) -> None:
    if type_ == DocumentType.STUDY_PLAN and study is None:
        raise ValidationError({"study": "A study plan belongs to a study: choose it."})


def check_owner(document: Document, owner: User) -> None:
    """Go on with an owner who may approve. Raises ValidationError."""
    if not reach_of(owner).has(Capability.APPROVE, document):
        raise ValidationError({"owner": f"{owner} may not approve here. Choose a process owner who may."})


def _check_people(version: Version, capacity: Capacity, people: Sequence[User]) -> None:
    field = "reviewers" if capacity == Capacity.REVIEWER else "function_leads"
    needed = Capability.REVIEW if capacity == Capacity.REVIEWER else Capability.ADVISE
    for person in people:
        if person.pk == version.author_id:
            raise ValidationError({field: "The author does not review or approve their own version."})
        if not reach_of(person).has(needed, version):
            raise ValidationError({field: f"{person} does not hold a role here that allows it."})


def _name(version: Version, capacity: Capacity, person: User, known: Participant | None, actor: User) -> None:
    if known is not None and known.withdrawn_at is None:
        return
    participant = known or Participant(version=version, person=person, capacity=capacity)
    participant.withdrawn_at = None
    audit.save(
        participant, actor=actor, verb="name", sentence=f"named {person} as {capacity.label.lower()}", in_step=True
    )


def name_instead(participant: Participant, heir: User, *, actor: User, reason: str) -> Participant:
    """Name another person in place of one who leaves. Raises ValidationError for who may not, or is named already."""
    version, capacity = participant.version, Capacity(participant.capacity)
    known = Participant.objects.filter(version=version, capacity=capacity, person=heir).first()
    if known is not None and known.withdrawn_at is None:
        raise ValidationError(f"{heir} is named already.")
    _check_people(version, capacity, [heir])
    _withdraw(participant, actor, reason)
    _name(version, capacity, heir, known, actor)
    return Participant.objects.get(version=version, capacity=capacity, person=heir)


def _withdraw(participant: Participant, actor: User, reason: str = "") -> None:
    if participant.withdrawn_at is None:
        participant.withdrawn_at = timezone.now()
        sentence = f"withdrew {participant.person} as {participant.get_capacity_display().lower()}"
        audit.save(participant, actor=actor, verb="withdraw", sentence=sentence, reason=reason, in_step=True)
