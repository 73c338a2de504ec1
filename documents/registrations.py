"""What documents add to the platform's pages: rail, Inbox, addresses and panels."""

from django.http import HttpRequest

from cqms.access.reach import reach_of
from cqms.inbox import rows
from cqms.organizations.capabilities import Capability
from cqms.ui import addresses, rail
from documents import inbox, presentation
from documents.models import Document, PeriodicReview, Version


def register() -> None:
    """Called once when the app is ready."""
    rail.register(rail.Entry("documents", "Documents", "file", "documents:list", 210, allowed=_reads_something))
    rows.register("documents.version", inbox.waiting_versions)
    addresses.register("documents.document", _document)
    addresses.register("documents.version", presentation.version_path)
    addresses.register("documents.periodicreview", _review)


def _reads_something(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and reach_of(request.user).anywhere(Capability.READ)


def _document(record: Document) -> str:
    return presentation.document_path(record)


def _review(record: PeriodicReview) -> str:
    version: Version = record.version
    return presentation.version_path(version)
