"""Making the PDFs: the rendition that is signed, and the issued copy that people use. Called by jobs."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from cqms.attachments import services as attachments
from cqms.attachments.kinds import MARKDOWN, PDF
from cqms.attachments.models import StoredFile
from cqms.audit import services as audit
from cqms.audit.ledger.selectors import receipt
from cqms.jobs.models import Job
from cqms.jobs.services import enqueue
from cqms.reports.documents import (
    DocumentFacts,
    SignatureBlock,
    SignaturePage,
    Stamp,
    issued_copy,
    rendition_from_markdown,
)
from cqms.signatures.content import Verification, signatures_of, verify
from cqms.signatures.models import Meaning, Signature
from documents.models import IssuedCopy, Version, VersionState

ISSUED_STATES = (VersionState.APPROVED, VersionState.EFFECTIVE, VersionState.SUPERSEDED, VersionState.RETIRED)


def render_version(version_id: int) -> dict[str, Any]:
    """Make the PDF of a draft's text, unless it was changed or made meanwhile. Safe to run twice."""
    version = Version.objects.select_related("document__owner", "document__study", "author").get(pk=version_id)
    if version.rendition_id or not version.markdown:
        return {}
    name = f"{version.document.number} {version.label}"
    data = rendition_from_markdown(version.markdown, _facts(version))
    source = attachments.store(version.markdown.encode(), name=f"{name}.md", actor=None, allowed=[MARKDOWN])
    rendition = attachments.store(data, name=f"{name}.pdf", actor=None, allowed=[PDF])
    with transaction.atomic():
        row = Version.objects.select_for_update(of=("self",)).get(pk=version_id)
        if row.rendition_id or row.revision != version.revision:
            return {}
        row.source, row.rendition = source, rendition
        row.source_name = row.source_name or f"{name}.md"
        audit.save(row, actor=None, verb="render", sentence="made the PDF rendition", in_step=True)
    return {"file": rendition.sha256}


def current_copy(version: Version) -> IssuedCopy | None:
    """The issued copy that shows the version as it is now, if it was made already."""
    return IssuedCopy.objects.filter(version=version, basis=basis_of(version)).select_related("file").first()


def ask_for_copy(version: Version) -> Job | None:
    """Have the issued copy made for the present state, once."""
    if version.state not in ISSUED_STATES or current_copy(version):
        return None
    label = f"Issued copy of {version.document.number} version {version.label}"
    return enqueue("documents.issue_copy", actor=None, label=label, version=version.pk)


def issue_copy(version_id: int) -> dict[str, Any]:
    """Make the issued copy for the state the version is in now. Safe to run twice."""
    version = Version.objects.select_related("document", "rendition", "organization").get(pk=version_id)
    basis = basis_of(version)
    known = current_copy(version)
    if known is not None or version.rendition is None:
        return {"file": known.file.sha256} if known else {}
    with attachments.open_checked(version.rendition, record=version) as file:
        data = issued_copy(file.read(), stamp_of(version), signature_page(version))
    name = f"{version.document.number} {version.label} {version.state}.pdf"
    stored = attachments.store(data, name=name, actor=None, allowed=[PDF], limit=attachments.UNLIMITED)
    _copy, is_new = IssuedCopy.objects.get_or_create(version=version, basis=basis, defaults={"file": stored})
    if is_new:
        state = version.get_state_display().lower()
        audit.append(version, actor=None, verb="issue", sentence=f"issued the PDF as {state}")
    return {"file": stored.sha256}


def basis_of(version: Version) -> str:
    """What an issued copy depends on, as one hash: rendition, state, dates and signatures."""
    signatures = list(
        Signature.objects.filter(record_kind="documents.version", record_id=version.pk).values_list("pk", flat=True)
    )
    facts = [version.rendition_id, version.state, str(version.effective_on), sorted(signatures)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _facts(version: Version) -> DocumentFacts:
    document = version.document
    more = [("Author", version.author.name), ("Reason", version.change_reason), ("Changes", version.change_summary)]
    if document.study:
        more.insert(0, ("Study", str(document.study)))
    if version.regulations:
        more.append(("Implements", version.regulations))
    return DocumentFacts(
        number=document.number,
        title=version.title,
        version=version.label,
        kind=document.get_type_display(),
        owner=document.owner.name,
        organization=version.organization.name,
        more=tuple(more),
        created=timezone.now(),
    )


def stamp_of(version: Version) -> Stamp:
    """What stands at the foot of each page of a copy."""
    return Stamp(
        number=version.document.number,
        version=version.label,
        state=version.get_state_display(),
        effective=effective_words(version),
        note="Check in the portal that this is still the effective version before you work to it.",
    )


def effective_words(version: Version) -> str:
    """The effective date as people read it."""
    if version.effective_on is None:
        return "Effective date not set yet"
    day = f"{version.effective_on.day} {version.effective_on:%b %Y}"
    if version.state == VersionState.APPROVED:
        return f"Effective from {day}"
    if version.ended_at is None:
        return f"Effective since {day}"
    ended = version.ended_at.astimezone(version.organization.timezone)
    return f"Effective {day} until {ended.day} {ended:%b %Y}"


def signature_page(version: Version) -> SignaturePage:
    """The signatures of the last round as they are printed, and what changed since."""
    signatures = _that_count(signatures_of(version))
    checked = [(signature, verify(signature, version)) for signature in signatures]
    changes = tuple(line for signature, found in checked for line in _changes_since(signature, found))
    return SignaturePage(
        title=str(version),
        organization=version.organization.name,
        signatures=tuple(_block(signature) for signature in signatures),
        facts=tuple((f"SHA-256 of the {name}", value) for name, value in version.signed_files().items()),
        changes_since=changes,
    )


def _that_count(signatures: list[Signature]) -> list[Signature]:
    """Those of the last round: what was signed before a rejection was signed over another draft."""
    begins = [place for place, row in enumerate(signatures) if row.meaning == Meaning.AUTHORED]
    return signatures[begins[-1] :] if begins else signatures


def _changes_since(signature: Signature, found: Verification) -> list[str]:
    """What does not hold any more, in sentences: each changed field or file, and an altered signature itself."""
    changes = [
        f"{each.label}: “{each.signed}” when {signature.signer_name} signed, now “{each.now}”."
        for each in found.differences
    ]
    if found.damaged:
        changes.append(f"The signature of {signature.signer_name} itself was altered: it proves nothing any more.")
    return changes


def _block(signature: Signature) -> SignatureBlock:
    found = receipt(signature)
    return SignatureBlock(
        name=signature.signer_name,
        meaning=signature.statement,
        at=signature.signed_at,
        zone=signature.zone,
        method=signature.get_method_display(),
        digest=signature.content_hash,
        role=signature.capacity,
        receipt=found.hash,
        sealed_at=found.checkpoint.sealed_at if found.checkpoint else None,
        sealed_size=found.checkpoint.size if found.checkpoint else 0,
    )


def file_of(version: Version) -> StoredFile | None:
    """The PDF to hand out: the issued copy of this state, else the rendition of a version still in work."""
    copy = current_copy(version)
    return copy.file if copy else version.rendition
