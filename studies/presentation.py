"""Studies as pages show them: components made of records. No rules, no writing."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest
from django.urls import reverse

from cqms.access.models import RoleAssignment
from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.search.kinds import Entry
from cqms.ui.atoms import Badge, Button, Number, Person
from cqms.ui.components import Facts, Lifecycle, Menu, Table
from cqms.ui.items import Head, Stage
from cqms.ui.menus import Option
from cqms.ui.story import export_address
from studies import policies
from studies.models import Site, SiteStatus, Study, StudyStatus, country_names
from studies.selectors import (
    Enrolment,
    StudyToChoose,
    countries_for,
    countries_of,
    enrolment_by_site,
    roles_for,
    running_first,
    sites_for,
    studies_for,
    studies_to_choose,
)

_SWITCHER = 12
_NOBODY = Enrolment()

STUDY_BADGES = {
    StudyStatus.PLANNED: Badge(StudyStatus.PLANNED.label, "neutral"),
    StudyStatus.START_UP: Badge(StudyStatus.START_UP.label, "progress"),
    StudyStatus.RECRUITING: Badge(StudyStatus.RECRUITING.label, "good"),
    StudyStatus.FOLLOW_UP: Badge(StudyStatus.FOLLOW_UP.label, "progress"),
    StudyStatus.CLOSED: Badge(StudyStatus.CLOSED.label, "neutral", "lock"),
    StudyStatus.STOPPED: Badge(StudyStatus.STOPPED.label, "warn"),
}
SITE_BADGES = {
    SiteStatus.PLANNED: Badge(SiteStatus.PLANNED.label, "neutral"),
    SiteStatus.OPEN: Badge(SiteStatus.OPEN.label, "good"),
    SiteStatus.CLOSED: Badge(SiteStatus.CLOSED.label, "neutral", "lock"),
    SiteStatus.WITHDRAWN: Badge(SiteStatus.WITHDRAWN.label, "neutral", "close"),
}


def study_path(study: Study | StudyToChoose, view: str = "studies:detail") -> str:
    """The address of a study, or of one of its pages."""
    return reverse(view, kwargs={"number": study.number})


def study_options(request: HttpRequest) -> list[tuple[str, str]]:
    """The reader's studies for the filter `study` of a list."""
    asked = request.GET.get("study", "").replace("\x00", "")
    return [(study.number, study.number) for study in studies_to_choose(request.user, asked)]


def site_path(site: Site) -> str:
    """The address where a site is changed."""
    return reverse("studies:site_edit", kwargs={"number": site.study.number, "site": site.number})


def badge_of(study: Study) -> Badge:
    """The status of a study as word, tone and icon."""
    return STUDY_BADGES[StudyStatus(study.status)]


def lifecycle_of(study: Study) -> Lifecycle:
    """Where the study stands; one that was stopped ends there."""
    last = StudyStatus.STOPPED if study.status == StudyStatus.STOPPED else StudyStatus.CLOSED
    path = [StudyStatus.PLANNED, StudyStatus.START_UP, StudyStatus.RECRUITING, StudyStatus.FOLLOW_UP, last]
    return Lifecycle([Stage(status.label) for status in path], StudyStatus(study.status).label)


def found_study(study: Study) -> Entry:
    """What search says of a study; it is found by its sponsor, too."""
    badge = badge_of(study)
    return Entry(study.number, study.title, study.sponsor, badge.word, badge.tone)


def found_site(site: Site) -> Entry:
    """What search says of a site."""
    badge = SITE_BADGES[SiteStatus(site.status)]
    return Entry(f"{site.study.number} {site.number}", site.name, country_names()[site.country], badge.word, badge.tone)


def country_options(reader: User) -> list[tuple[str, str]]:
    """The countries of the reader's studies, for the filter."""
    return [(code, country_names()[code]) for code in countries_of(reader)]


def study_page(study: Study, request: HttpRequest) -> Mapping[str, object]:
    """What the page of a study shows."""
    reader = request.user
    sites, people = list(sites_for(reader, study)), enrolment_by_site(reader, study)
    may_change = policies.may_change(reader, study)
    return {
        "number": study.number,
        "title": study.title,
        "badge": badge_of(study),
        "owner": study.manager.name,
        "facts": Facts(_facts(study)),
        "sites": _sites_table(study, sites, people, may_change=may_change) if sites else None,
        "countries": _countries_table(study, countries_for(reader, study), sites, people),
        "sites_in_words": sites_in_words(sites),
        "add_site": Button("Add a site", icon="plus", href=study_path(study, "studies:site_new"))
        if may_change
        else None,
        "people": None if reach_of(reader).is_guest else people_of(study, reader),
        "edit_url": study_path(study, "studies:edit") if may_change else "",
        "export_url": export_address(study, request) if policies.may_export(reader, study) else "",
    }


def people_of(study: Study, reader: User) -> list[Person]:
    """Who holds a role at the study, by name, as far as the reader's sites go."""
    return [Person(row.user.name, _role_in_words(row)) for row in roles_for(reader, study)]


def sites_in_words(sites: list[Site]) -> str:
    """How many sites there are and how many of them are open: "6 sites, 2 open"."""
    opened = sum(site.status == SiteStatus.OPEN for site in sites)
    noun = "site" if len(sites) == 1 else "sites"
    return f"{len(sites)} {noun}, {opened} open" if sites else "No sites yet"


def switcher(request: HttpRequest) -> Menu | None:
    """The menu in the top bar that leads to the reader's studies; None for who reads none."""
    if not policies.may_list(request.user):
        return None
    here = _study_of_page(request)
    known = running_first(request.user)
    running = [study for study in known if study.status != StudyStatus.CLOSED][:_SWITCHER]
    items = [Option(str(study), study_path(study), chosen=study.number == here) for study in running]
    note = "Your studies that are not closed" if items else "No study of yours is running"
    is_known = any(study.number == here for study in known)
    if here and not is_known and not studies_for(request.user).filter(number=here).exists():
        here = ""  # the address names no study of theirs: say nothing of it
    return Menu(here or "Studies", [*items, Option("All studies", reverse("studies:list"))], note, icon="study")


def _study_of_page(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.kwargs.get("number", "") if match and match.namespace == "studies" else ""


def _facts(study: Study) -> list[tuple[str, object]]:
    return [
        ("Full title", study.full_title),
        ("Sponsor", study.sponsor),
        ("Type", study.get_kind_display()),
        ("Phase", study.get_phase_display()),
        ("Indication", study.indication),
        ("Register number", study.registry_id),
        ("Status", study.get_status_display()),
        ("Countries", study.countries_in_words),
        ("Study manager", study.manager.name),
    ]


def _sites_table(study: Study, sites: list[Site], people: Mapping[int, Enrolment], *, may_change: bool) -> Table:
    heads = [
        Head("Site", "fit"), Head("Name", "lead"), Head("Country"), Head("Investigator", "col-2"),
        Head("Screened", "num fit"), Head("Enrolled", "num fit"), Head("Status", "state"),
    ]  # fmt: skip
    rows = [
        [
            Number(site.number, site_path(site) if may_change else ""),
            site.name,
            site.get_country_display(),
            site.investigator,
            f"{people.get(site.pk, _NOBODY).screened:,}",
            f"{people.get(site.pk, _NOBODY).enrolled:,}",
            SITE_BADGES[SiteStatus(site.status)],
        ]
        for site in sites
    ]
    return Table(heads, rows, f"Sites of {study.number}, {sites_in_words(sites)}")


def _countries_table(study: Study, codes: Sequence[str], sites: list[Site], people: Mapping[int, Enrolment]) -> Table:
    heads = [
        Head("Country", "lead"), Head("Sites", "num fit"), Head("Open", "num fit"), Head("Screened", "num fit"),
        Head("Enrolled", "num fit"),
    ]  # fmt: skip
    rows = []
    for code in codes:
        here = [site for site in sites if site.country == code]
        opened = sum(site.status == SiteStatus.OPEN for site in here)
        total = sum((people.get(site.pk, _NOBODY) for site in here), _NOBODY)
        rows.append([country_names()[code], len(here), opened, f"{total.screened:,}", f"{total.enrolled:,}"])
    return Table(heads, rows, f"Countries of {study.number}")


def _role_in_words(row: RoleAssignment) -> str:
    until = f" until {row.ends_at:%-d %b %Y}" if row.ends_at else ""
    return f"{row.get_role_display()}{until}"
