"""What quality events add to the platform: a noun in the rail, figures on Home, panels, and each type's part."""

from django.http import HttpRequest

from cqms.access import narrowing, segregation
from cqms.api import scopes
from cqms.audit.models import kind_of
from cqms.inbox import rows
from cqms.portal import handover, home, parts
from cqms.records import story
from cqms.search import kinds
from cqms.ui import addresses, guide, panels, rail
from quality_events import inbox, presentation, summary
from quality_events.duties import DUTIES
from quality_events.models import EventLink
from quality_events.policies import may_attach, may_read_somewhere
from quality_events.selectors import entries_of_unseen_links, every_event, owned_by
from quality_events.services import EVIDENCE
from quality_events.types import EventType
from quality_events.types import register as register_type_only
from studies.models import STUDY


def register() -> None:
    """Called once when the app is ready."""
    segregation.register(*DUTIES)
    guide.register(guide.Topic("quality_events", "help/quality_events.html"))
    rail.register(rail.Entry("quality_events", "Quality events", "event", "quality_events:list", 220, allowed=_reads))
    rows.register("quality_events.waiting", inbox.waiting_for_quality)
    home.register_figures(presentation.home_figures, order=30)
    home.register_action(presentation.home_action)
    panels.register("studies.study.first", panels.Panel("quality_events/study_panel.html", summary.study_panel, 10))
    panels.register(
        "documents.version", panels.Panel("quality_events/linked_panel.html", presentation.linked_panel, 30)
    )
    addresses.register(kind_of(EventLink), _page_of_link)
    story.hide(kind_of(EventLink), entries_of_unseen_links)


def register_type(found: EventType) -> None:
    """Let a type of events take part in everything; called when its app is ready."""
    register_type_only(found)
    narrowing.register(narrowing.AtSite(found.model, STUDY, "study", "site__country", "site__number"))
    addresses.register(found.kind, presentation.event_path)
    parts.register(found.kind, parts.Takes(may_attach, parts.nobody, "owner", EVIDENCE))
    noun = kinds.Kind(found.noun, found.plural, "event", lambda: every_event(found.model), presentation.found_event)
    kinds.register(found.model, noun)
    scopes.call(found.space.replace("_", "-"), found.plural)
    take = handover.set_owner("owner", f"handed the {found.noun.lower()} over")
    handover.register(
        handover.Kind(
            found.space,
            f"{found.plural} they own",
            lambda person: owned_by(found, person),
            take,
            (f"{found.kind}.owner",),
        )
    )


def _reads(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and may_read_somewhere(request.user)


def _page_of_link(found: EventLink) -> str:
    return addresses.address_of(found.from_kind, found.record)
