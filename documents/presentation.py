"""Documents as pages show them: components made of records. No rules, no writing."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from cqms.accounts.models import User
from cqms.reports.documents import markdown_to_html
from cqms.reports.policies import may_export, may_inspect_record
from cqms.search.kinds import Entry
from cqms.signatures.content import signatures_of, verify
from cqms.signatures.models import Signature as Signed
from cqms.ui import forms as ui_forms
from cqms.ui.atoms import Badge, Button, Due, Number
from cqms.ui.components import Facts, Files, Lifecycle, Links, Rendition, Signature, SignatureAwaited
from cqms.ui.items import Figure, File, Related, Stage
from cqms.ui.story import export_address
from documents.awaiting import awaited_parts
from documents.models import IN_WORK, Capacity, Document, PeriodicReview, ReviewState, Version, VersionState
from documents.policies import may_change_document, may_control, may_draft, may_edit, may_read_somewhere
from documents.renditions import current_copy, effective_words
from documents.selectors import documents_with_versions, participants, versions_for
from documents.workflow import VERSION
from studies.models import Study

_LIFE = (
    VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.IN_APPROVAL, VersionState.APPROVED, VersionState.EFFECTIVE,
)  # fmt: skip
_RANK = {state: rank for rank, state in enumerate((
    VersionState.EFFECTIVE, VersionState.APPROVED, VersionState.IN_APPROVAL, VersionState.IN_REVIEW, VersionState.DRAFT,
    VersionState.RETIRED, VersionState.SUPERSEDED, VersionState.VOIDED,
))}  # fmt: skip


def shown_version(document: Document) -> Version:
    """The version people work to; without one the furthest in work, then the newest that ended."""
    versions = list(document.versions.all())
    return min(versions, key=lambda version: (_RANK[VersionState(version.state)], -version.major, -version.minor))


def badge_of(version: Version) -> Badge:
    """The state of a version as word, tone and icon."""
    return Badge(version.get_state_display(), VERSION.tones[VersionState(version.state)])


def number(document: Document) -> Number:
    """The number, linked."""
    return Number(document.number, document_path(document))


def found_document(document: Document) -> Entry:
    """What search says of a document: it is found by the words of the version people work to, and of one in work."""
    if not document.versions.all():
        return Entry(document.number, document.title)
    shown = shown_version(document)
    versions = [shown, *(v for v in document.versions.all() if v.state in IN_WORK and v.pk != shown.pk)]
    words = [document.get_type_display(), document.department]
    for each in versions:
        words += [each.title, each.change_summary, each.regulations, each.audience, each.markdown]
    badge = badge_of(shown)
    return Entry(document.number, document.title, " ".join(filter(None, words)), badge.word, badge.tone)


def shown_badge(document: Document) -> SafeString:
    """The state of the version shown, and whether a newer one is in work."""
    shown = shown_version(document)
    newer = [v for v in document.versions.all() if v.state in IN_WORK and v.pk != shown.pk]
    extra = (
        format_html(' <small class="muted">{} {}</small>', newer[0].label, newer[0].get_state_display().lower())
        if newer
        else ""
    )
    return format_html("{}{}", badge_of(shown), extra)


def shown_state(document: Document) -> str:
    """The state of the version shown, as a word."""
    return shown_version(document).get_state_display()


def shown_label(document: Document) -> str:
    """The label of the version shown."""
    return shown_version(document).label


def next_review(document: Document) -> object:
    """When the effective version must be reviewed."""
    shown = shown_version(document)
    waits = shown.state == VersionState.EFFECTIVE and shown.next_review_on
    return Due(shown.next_review_on, lines=True) if waits else ""


def next_review_day(document: Document) -> date | None:
    """The same for a file."""
    shown = shown_version(document)
    return shown.next_review_on if shown.state == VersionState.EFFECTIVE else None


def with_a_version_in(documents: QuerySet[Document], state: str) -> QuerySet[Document]:
    """The documents that have a version in the state."""
    return documents.filter(pk__in=Version.objects.filter(state=state).values("document"))


def document_path(document: Document) -> str:
    """The address of a document."""
    return reverse("documents:detail", kwargs={"number": document.number})


def version_path(version: Version, view: str = "documents:version", **more: Any) -> str:
    """The address of a version, or of one of its pages."""
    return reverse(view, kwargs={"number": version.document.number, "label": version.label, **more})


def version_page(version: Version, request: HttpRequest) -> Mapping[str, object]:
    """What the page of a version shows."""
    signed = signatures_of(version)
    return {
        "number": f"{version.document.number} · {version.label}",
        "title": version.title,
        "badge": badge_of(version),
        "owner": version.document.owner.name,
        "not_effective": _not_effective(version),
        "facts": Facts(_facts(version)),
        "rendition": _rendition(version),
        "being_made": version.rendition_id is None and bool(version.markdown.strip()),
        "files": Files(_files(version)) if _files(version) else None,
        "signatures": [_signature(row, version) for row in signed],
        "awaited": [SignatureAwaited(part.label[:1].upper() + part.label[1:]) for part in awaited_parts(version)],
        "people": Links(_people(version)),
        "versions": Links(_versions(version)),
        "reviews": _reviews(version, request),
        "may_begin": _may_begin(version, request.user),
        "export_url": _export_url(version, request),
    }


def quiet_steps(version: Version, reader: User) -> list[Button]:
    """Editing, and the next version."""
    buttons = []
    if version.state == VersionState.DRAFT and may_edit(reader, version):
        buttons.append(Button("Edit", icon="edit", href=version_path(version, "documents:edit")))
    if _may_begin(version, reader):
        href = reverse("documents:new_version", kwargs={"number": version.document.number})
        buttons.append(Button("New version", href=href))
    if version.state == VersionState.EFFECTIVE and may_control(reader, version):
        buttons.append(Button("Plan the next review", href=version_path(version, "documents:plan_review")))
    if may_change_document(reader, version.document):
        href = reverse("documents:change", kwargs={"number": version.document.number})
        buttons.append(Button("Change the owner", href=href))
    if may_inspect_record(reader, version):
        where = {"kind": "documents.document", "pk": version.document_id}
        buttons.append(Button("Who may see it", icon="shield", href=reverse("portal:record_access", kwargs=where)))
    return buttons


def lifecycle(version: Version) -> Lifecycle:
    """Where the version is on its way from draft to effective, and where it ended."""
    states = [*_LIFE]
    if version.state == VersionState.VOIDED:
        states = [VersionState.DRAFT, VersionState.VOIDED]
    elif version.state not in states:
        states.append(VersionState(version.state))
    stages = [Stage(state.label, _note(version, state)) for state in states]
    return Lifecycle(stages, VersionState(version.state).label)


def next_version_values(document: Document) -> dict[str, Any]:
    """What the form of the next version begins with."""
    newest = max(document.versions.all(), key=lambda version: (version.major, version.minor))
    values = draft_values(newest)
    return {**values, "change_summary": "", "change_reason": "", "size": "major"}


def draft_values(version: Version) -> dict[str, Any]:
    """The values of a draft for its form."""
    names = ("title", "change_summary", "change_reason", "training_impact", "audience", "regulations", "markdown")
    return {
        **{name: getattr(version, name) for name in names},
        "reviewers": [row.person_id for row in participants(version, Capacity.REVIEWER)],
        "function_leads": [row.person_id for row in participants(version, Capacity.FUNCTION_LEAD)],
    }


def typed(form: Any, data: Any) -> dict[str, Any]:
    """What was typed, as values to begin a fresh form with; the revision stays that of the screen."""
    values = ui_forms.typed(form, dict(data.lists()))
    return {**values, "revision": data["revision"]} if "revision" in data else values


def rendition_link(version: Version) -> SafeString:
    """A link to the exact PDF that is signed."""
    if version.rendition is None:
        return format_html("<span>{}</span>", "The PDF is being made")
    href = version_path(version, "documents:download", which="signed")
    return format_html('<a href="{}" target="_blank" rel="noopener">Open the PDF of {}</a>', href, version)


def home_figures(request: HttpRequest) -> list[Figure]:
    """How many documents are effective, and how many versions are on their way, of those the reader may see."""
    if not may_read_somewhere(request.user):
        return []
    rows = Counter(versions_for(request.user).order_by().values_list("state", flat=True))
    href = reverse("documents:list")
    on_the_way = (VersionState.IN_REVIEW, VersionState.IN_APPROVAL, VersionState.APPROVED)
    return [
        Figure("Effective documents", rows[VersionState.EFFECTIVE], href=f"{href}?state=effective"),
        *(Figure(f"Versions {each.label.lower()}", rows[each], href=f"{href}?state={each}") for each in on_the_way),
    ]


def study_panel(request: HttpRequest, study: Study) -> dict[str, object] | None:
    """The documents of a study, for its page."""
    rows = documents_with_versions(request.user).filter(study=study).order_by("number")[:50]
    related = [
        Related(f"{each.number} {each.title}", document_path(each), badge_of(shown_version(each)), shown_label(each))
        for each in rows
    ]
    all_url = f"{reverse('documents:list')}?study={study.number}"
    return {"documents": Links(related) if related else None, "all_url": all_url}


def _export_url(version: Version, request: HttpRequest) -> str:
    """The export of the trail, for who may."""
    document = version.document
    return export_address(document, request) if may_export(document)(request.user, document) else ""


def _not_effective(version: Version) -> str:
    if version.state == VersionState.EFFECTIVE:
        return ""
    effective = [v for v in version.document.versions.all() if v.state == VersionState.EFFECTIVE]
    if version.state in (VersionState.SUPERSEDED, VersionState.RETIRED):
        return "Nobody works to this version any more."
    if version.state == VersionState.APPROVED:
        return f"{effective_words(version)}." + (
            f" Until then version {effective[0].label} counts." if effective else ""
        )
    return (
        f"Version {effective[0].label} is the one that counts."
        if effective
        else "No version of this document is effective yet."
    )


def _facts(version: Version) -> list[tuple[str, object]]:
    document = version.document
    return [
        ("Type", document.get_type_display()),
        ("Version", version.label),
        ("Author", version.author.name),
        ("Process owner", document.owner.name),
        ("Department", document.department),
        ("Study", str(document.study) if document.study else "Whole organization"),
        ("Effective", effective_words(version)),
        ("Next review", version.next_review_on.strftime("%-d %b %Y") if version.next_review_on else ""),
        ("Summary of changes", version.change_summary),
        ("Reason", version.change_reason),
        ("Training", version.get_training_impact_display() + (f": {version.audience}" if version.audience else "")),
        ("Implements", version.regulations),
    ]


def _rendition(version: Version) -> Rendition | None:
    if version.rendition is None:
        return None
    href = version_path(version, "documents:download", which="signed")
    html = markdown_to_html(version.markdown)[0] if version.markdown else ""
    body = mark_safe(html) if html else format_html("<p>{}</p>", "This version is a PDF. Open it to read it.")  # noqa: S308 - cleaned by nh3
    left = f"{version.document.number} version {version.label}"
    return Rendition(body=body, left=left, right=version.get_state_display(), href=href, hash=version.rendition.sha256)


def _files(version: Version) -> list[File]:
    rows = []
    copy = current_copy(version)
    if copy is not None:
        name = f"{version.document.number} {version.label}, {version.get_state_display().lower()}.pdf"
        rows.append(
            File(name, version_path(version, "documents:download", which="pdf"), copy.file.size, copy.file.sha256)
        )
    if version.rendition is not None:
        href = version_path(version, "documents:download", which="signed")
        rows.append(File("Rendition as signed.pdf", href, version.rendition.size, version.rendition.sha256))
    if version.source is not None and version.source_id != version.rendition_id:
        href = version_path(version, "documents:download", which="source")
        rows.append(File(version.source_name or "Source", href, version.source.size, version.source.sha256))
    return rows


def _signature(row: Signed, version: Version) -> tuple[Signature, list[str]]:
    found = verify(row, version)
    changes = [f"{each.label}: “{each.signed}” → “{each.now}”" for each in found.differences]
    if found.damaged:
        changes.append("The signature itself was altered.")
    word = f"{row.get_meaning_display()}, as {row.capacity}" if row.capacity else row.get_meaning_display()
    shown = Signature(
        name=row.signer_name, meaning=row.statement, when=row.signed_at, method=row.get_method_display(),
        hash=row.content_hash, word=word, receipt=reverse("portal:receipt", kwargs={"signature": row.pk}),
    )  # fmt: skip
    return shown, changes


def _people(version: Version) -> list[Related]:
    rows = [Related(version.document.owner.name, sub="Process owner"), Related(version.author.name, sub="Author")]
    for capacity in Capacity:
        rows += [Related(row.person.name, sub=capacity.label) for row in participants(version, capacity)]
    return rows


def _versions(version: Version) -> list[Related]:
    rows = sorted(version.document.versions.all(), key=lambda each: (-each.major, -each.minor))
    return [
        Related(
            f"Version {each.label}",
            version_path(each),
            badge_of(each),
            sub="" if each.pk != version.pk else "this page",
        )
        for each in rows
    ]


def _reviews(version: Version, request: HttpRequest) -> list[dict[str, object]]:
    rows = PeriodicReview.objects.filter(version=version).order_by("-pk")
    mine = version.document.owner_id == request.user.pk
    return [
        {
            "review": row,
            "is_open": row.state == ReviewState.OPEN,
            "due": Due(row.due_on),
            "url": reverse(
                "documents:review", kwargs={"number": version.document.number, "review": row.pk, "step": "conclude"}
            )
            if mine and row.state == ReviewState.OPEN
            else "",
        }
        for row in rows
    ]


def _may_begin(version: Version, reader: User) -> bool:
    states = {each.state for each in version.document.versions.all()}
    return not states & set(IN_WORK) and may_draft(reader, version.document)


def _note(version: Version, state: VersionState) -> str:
    if state == VersionState.EFFECTIVE and version.effective_on:
        return f"{version.effective_on:%-d %b %Y}"
    if state == VersionState.DRAFT:
        return version.author.name
    return ""
