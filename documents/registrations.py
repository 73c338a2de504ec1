"""What documents add to the platform's pages: rail, Inbox, addresses and panels."""

from django.http import HttpRequest

from cqms.configuration.rules import register_due
from cqms.deadlines.inbox import name_act
from cqms.inbox import rows
from cqms.portal import handover, home, parts_panels
from cqms.portal.parts import Takes
from cqms.search import kinds
from cqms.ui import addresses, guide, panels, rail
from documents import inbox, leavers, presentation
from documents.models import Document, PeriodicReview, Version
from documents.policies import may_draft, may_read_somewhere, may_say
from documents.selectors import all_documents, owned_by


def register() -> None:
    """Called once when the app is ready."""
    _register_times()
    owned = handover.set_owner("owner", "handed the document over")
    handover.register(handover.Kind("documents", "Documents they own", owned_by, owned, ("documents.document.owner",)))
    leavers.register()
    guide.register(guide.Topic("documents", "help/documents.html"))
    rail.register(rail.Entry("documents", "Documents", "document", "documents:list", 210, allowed=_reads_something))
    rows.register("documents.version", inbox.waiting_versions)
    home.register_figures(presentation.home_figures, order=20)
    panels.register("studies.study", panels.Panel("documents/study_panel.html", presentation.study_panel, 20))
    kinds.register(
        Document,
        kinds.Kind("Document", "Documents", "document", all_documents, presentation.found_document),
    )
    parts_panels.register("documents.version", Takes(may_draft, may_say, "author"))
    addresses.register("documents.document", _document)
    addresses.register("documents.version", presentation.version_path)
    addresses.register("documents.periodicreview", _review)


def _register_times() -> None:
    register_due("documents.review", "Review of a version", days=10)
    register_due("documents.approve", "Approval of a version", days=5)
    register_due("documents.revise", "Revision after a periodic review", days=90)
    register_due("documents.retire", "Retirement after a periodic review", days=30)
    for kind, act in (("review", "Review"), ("approve", "Approve"), ("periodic_review", "Decide")):
        name_act(kind, act)


def _reads_something(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and may_read_somewhere(request.user)


def _document(record: Document) -> str:
    return presentation.document_path(record)


def _review(record: PeriodicReview) -> str:
    version: Version = record.version
    return presentation.version_path(version)
