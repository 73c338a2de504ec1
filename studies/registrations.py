"""What studies add to the platform: an anchor for roles, a noun in the rail, a menu in the top bar, addresses."""

from django.http import HttpRequest

from cqms.access import anchors, narrowing
from cqms.portal import handover, parts_panels
from cqms.portal.parts import Takes
from cqms.search import kinds
from cqms.trail_reviews.presentation import place_panel
from cqms.ui import addresses, guide, panels, rail
from studies import policies, presentation, services
from studies.conduct import presentation as conduct
from studies.models import Participants, PartOfStudy, Site, Study, StudyGrant
from studies.selectors import all_sites, managed_by

_PANELS = (
    ("protocol", conduct.protocol_panel, 60),
    ("participants", conduct.participants_panel, 70),
    ("randomisation", conduct.randomisation_panel, 75),
)


def register() -> None:
    """Called once when the app is ready."""
    anchors.register(Study, StudyGrant, narrows=_countries_and_sites, answers="manager")
    narrowing.register(narrowing.AtSite(Site, "studies.study", "study", "country", "number"))
    narrowing.register(narrowing.AtSite(Participants, "studies.study", "study", "site__country", "site__number"))
    managed = handover.Kind(
        "studies", "Studies they manage", managed_by, services.take_over, ("studies.study.manager",)
    )
    handover.register(managed)
    guide.register(guide.Topic("studies", "help/studies.html"))
    rail.register(rail.Entry("studies", "Studies", "study", "studies:list", 200, allowed=_reads_studies))
    rail.register_switcher(presentation.switcher)
    for name, context, order in _PANELS:
        panels.register("studies.study", panels.Panel(f"studies/{name}_panel.html", context, order))
    panels.register("studies.study.side", panels.Panel("studies/milestones_panel.html", conduct.milestones_panel, 50))
    panels.register("studies.study.side", panels.Panel("trail_reviews/panel.html", place_panel, 90))
    for kind in ("studies.milestone", "studies.protocolversion", "studies.participants"):
        addresses.register(kind, _page_of_part)
    parts_panels.register("studies.study", Takes(policies.may_contribute, policies.may_contribute, "manager"))
    kinds.register(Study, kinds.Kind("Study", "Studies", "study", Study.objects.all, presentation.found_study))
    kinds.register(Site, kinds.Kind("Site", "Sites", "study", all_sites, presentation.found_site))
    addresses.register("studies.study", presentation.study_path)
    addresses.register("studies.site", _page_of_site)


def _countries_and_sites(study: Study) -> tuple[set[str], set[str]]:
    return set(study.countries), set(study.sites.values_list("number", flat=True))


def _reads_studies(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and policies.may_list(request.user)


def _page_of_part(part: PartOfStudy) -> str:
    return presentation.study_path(part.study)


def _page_of_site(site: Site) -> str:
    return presentation.study_path(site.study)
