"""Reads of documents, shaped for pages and reports."""

from django.db.models import Prefetch, QuerySet

from cqms.access.reach import visible
from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.search.holding import Sought
from documents.models import KNOWN_PARTICIPANTS, Capacity, Document, Participant, Version
from studies.models import STUDY

SOUGHT = Sought(("number", "title"), (kind_of(Document),))
"""Where the list of documents looks for words."""


def documents_for(person: User) -> QuerySet[Document]:
    """The documents that exist for this person."""
    return visible(Document.objects.select_related("owner", "study"), person, anchor=STUDY, column="study_id")


def all_documents() -> QuerySet[Document]:
    """Every document of the organization with its versions."""
    return Document.objects.prefetch_related("versions")


def documents_with_versions(person: User) -> QuerySet[Document]:
    """The same with all versions fetched, for pages that choose which one to show."""
    return documents_for(person).prefetch_related("versions")


def versions_for(person: User) -> QuerySet[Version]:
    """The versions of documents that exist for this person."""
    return Version.objects.filter(document__in=documents_for(person).values("pk")).select_related(
        "organization", "document__owner", "document__study", "author", "rendition", "source"
    )


def owned_by(person: User) -> list[Document]:
    """The documents a person answers for, by number."""
    return list(Document.objects.filter(owner=person).order_by("number"))


def with_participants(versions: QuerySet[Version]) -> QuerySet[Version]:
    """The same versions, only to be read: one query more for all of them, and they know who is named."""
    named = Participant.objects.filter(withdrawn_at__isnull=True).select_related("person").order_by("pk")
    return versions.prefetch_related(Prefetch("participants", named, to_attr=KNOWN_PARTICIPANTS))


def participants(version: Version, capacity: Capacity) -> list[Participant]:
    """Who is named in this capacity and not withdrawn, in the order of naming."""
    known: list[Participant] | None = getattr(version, KNOWN_PARTICIPANTS, None)
    if known is not None:
        return [each for each in known if each.capacity == capacity]
    rows = Participant.objects.filter(version=version, capacity=capacity, withdrawn_at__isnull=True)
    return list(rows.select_related("person").order_by("pk"))
