"""What redactions add to the platform: addresses, search, the way from every record, and who vouches for tombstones."""

from django.http import HttpRequest

from cqms.audit.ledger.tombstones import register_approvals
from cqms.audit.models import kind_of
from cqms.portal.lanes import Companion, register_companion
from cqms.redactions import approvals, leavers, presentation
from cqms.redactions.models import Redaction
from cqms.redactions.policies import may_see_redactions
from cqms.redactions.selectors import naming, record_of
from cqms.search import kinds
from cqms.ui import addresses, guide, panels, rail


def register() -> None:
    """Called once when the app is ready."""
    register_approvals(approvals.doubts)
    guide.register(guide.Topic("redactions", "help/redactions.html"))
    rail.register(rail.Entry("redactions", "Redactions", "lock", "redactions:list", 806, allowed=_reads_something))
    addresses.register(kind_of(Redaction), presentation.redaction_path)
    panels.register("record.timeline", panels.Panel("redactions/ask.html", presentation.ask_panel, 50))
    noun = kinds.Kind("Redaction", "Redactions", "lock", Redaction.objects.all, presentation.found_redaction)
    kinds.register(Redaction, noun)
    leavers.register()
    register_companion(Companion(Redaction, naming, record_of))


def _reads_something(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and may_see_redactions(request.user)
