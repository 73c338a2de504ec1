"""Who answers for a document, and what goes over with it to somebody else."""

from django.db import transaction

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, refusable
from cqms.deadlines import services as deadlines
from cqms.deadlines.models import Deadline
from cqms.deadlines.selectors import open_deadlines_about
from cqms.notifications.services import Message, notify
from documents.awaiting import awaited_people
from documents.models import Document, DocumentType, ReviewState, VersionState
from documents.policies import may_change_document
from documents.services import check_owner, check_words
from documents.steps import ask_to_approve


def change_document(
    document: Document, *, actor: User, revision: int | None, owner: User, department: str, reason: str
) -> Document:
    """Change who answers for a document, or its department, with the reason.

    What the owner had to do goes over to the new one, who is told. Raises Denied, Changed, ValidationError.
    """
    with refusable(document, actor=actor, attempt="change the document"), transaction.atomic():
        row = Document.objects.select_for_update(of=("self",)).select_related("owner").get(pk=document.pk)
        may_change_document.demand(actor, row)
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this document while you had it open. Both versions are shown below.")
        before = row.owner
        if owner.pk != before.pk:
            check_owner(row, owner)
        row.owner, row.department = owner, department.strip()
        check_words(row, ("department",))
        audit.save(row, actor=actor, reason=reason)
        if owner.pk != before.pk:
            _hand_over(row, before, actor, reason)
    return row


def _hand_over(document: Document, before: User, actor: User, reason: str) -> None:
    for deadline in _deadlines_as_owner(document, before):
        deadlines.hand_over(deadline, to=document.owner, actor=actor, reason=reason)
    waiting = document.versions.filter(state=VersionState.IN_APPROVAL).select_related("document__owner").first()
    if waiting is not None and document.owner in awaited_people(waiting):
        ask_to_approve(waiting, document.owner, actor)
    message = Message(
        key=f"owner:{document.pk}:{document.revision}",
        kind="documents.owner",
        subject=f"You answer for {document} now",
        body=f"{before} answered for it before. {reason}",
        path=document.organization.path("documents:detail", number=document.number),
    )
    notify(document.owner, message, record=document)


def _deadlines_as_owner(document: Document, before: User) -> list[Deadline]:
    """What the person had to do because they answer for the document, not because they review or lead a function."""
    versions = document.versions.all()
    reviews = [review for version in versions for review in version.reviews.filter(state=ReviewState.OPEN)]
    mine = [each for row in (*versions, *reviews) for each in open_deadlines_about(row) if each.owner_id == before.pk]
    return [each for each in mine if _follows_the_owner(document, each, before)]


def _follows_the_owner(document: Document, deadline: Deadline, before: User) -> bool:
    if deadline.kind == f"approve:{before.pk}":
        return document.type != DocumentType.STUDY_PLAN
    return not deadline.kind.startswith(("review:", "approve:"))
