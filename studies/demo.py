"""The study of each organization of the demo world, opened and brought under way by calling services."""

import datetime as dt
from dataclasses import dataclass, replace

from django.utils import timezone

from cqms.access.services import Narrowing, add_member, give_role
from cqms.accounts.models import User
from cqms.attachments.kinds import MARKDOWN
from cqms.attachments.services import attach
from cqms.audit.models import Lane
from cqms.organizations import scope as scopes
from cqms.organizations.models import MemberKind, Organization
from cqms.organizations.scope import scope
from cqms.portal import parts
from cqms.portal.demo import CRO, SPONSOR, email_of, register
from studies import services
from studies.conduct import services as conduct
from studies.conduct.selectors import recruiting_sites
from studies.conduct.services import Count, ProtocolFacts
from studies.models import MilestoneKind, Phase, SiteStatus, Study, StudyStatus
from studies.services import SiteFacts, StudyFacts

_OPENED, _CLOSED = (SiteStatus.PLANNED, SiteStatus.OPEN), (SiteStatus.PLANNED, SiteStatus.OPEN, SiteStatus.CLOSED)
_NEVER = (SiteStatus.PLANNED, SiteStatus.WITHDRAWN)
_WAITS = (SiteStatus.PLANNED,)
_BEFORE = "Taken over from the list that was kept before the portal."
_REASONS = {
    SiteStatus.OPEN: "Initiation visit done, contract signed, medication on site.",
    SiteStatus.CLOSED: "The investigator retires; participants move to site 11.",
    SiteStatus.WITHDRAWN: "The ethics committee asked for a second investigator, whom the site does not have.",
}


@dataclass(frozen=True)
class Planned:
    """A study of the demo: how it begins, and its sites with what became of each."""

    number: str
    title: str
    phase: Phase
    sponsor: str
    countries: tuple[str, ...]
    sites: tuple[tuple[str, str, str, tuple[SiteStatus, ...]], ...]


_STUDIES = {
    SPONSOR.slug: Planned(
        "ALD-104",
        "Lantern: an evening dose of ALD-104 in adults with moderate asthma, 52 weeks, double-blind",
        Phase.PHASE_3,
        SPONSOR.name,
        ("DE", "NO", "PL"),
        (
            ("11", "Lung centre at the canal, Leipzig", "DE", _OPENED),
            ("12", "Practice Dr Ahrens and partners, Kiel", "DE", _CLOSED),
            ("21", "Harbour hospital, Bergen", "NO", _OPENED),
            ("22", "Fjord clinic, Molde", "NO", _NEVER),
            ("31", "Hospital of the Two Bridges, Wroclaw", "PL", _OPENED),
            ("32", "Institute of breathing, Gdansk", "PL", _WAITS),
        ),
    ),
    CRO.slug: Planned(
        "QR-2207",
        "Tern: a diary on the phone against the paper diary in migraine, randomised, open",
        Phase.PHASE_2,
        "Fjordlight Biologics",
        ("CA", "US"),
        (
            ("101", "Lakeside neurology, Rochester", "US", _OPENED),
            ("102", "Old Mill medical group, Providence", "US", _OPENED),
            ("201", "Clinic on the Hill, Halifax", "CA", _WAITS),
        ),
    ),
}


_PLANNED = 150
_STAY = dt.timedelta(days=60)


def build(organization: Organization, people: dict[str, User]) -> None:
    """Open the study of one organization, add its sites, and let it recruit; each step stands in its own scope."""
    planned = _STUDIES[organization.slug]
    with scope(organization):
        study = _opened(planned, people)
    for number, name, country, life in planned.sites:
        with scope(organization):
            site = services.add_site(study, SiteFacts(number, name, country), actor=people["study_manager"])
            for status in life[1:]:
                changed = replace(services.site_facts_of(site), status=status)
                site = services.change_site(
                    site, changed, actor=people["study_manager"], revision=site.revision, reason=_REASONS[status]
                )
    with scope(organization):
        _under_way(study, people["study_manager"])
        _said_of_it(study, people)
        facts = replace(services.facts_of(study), status=StudyStatus.RECRUITING)
        services.change_study(
            study, facts, actor=people["study_manager"], revision=study.revision, reason="The first site is open."
        )
        if "site_staff" in people:
            administrator, only = people["administrator"], Narrowing(sites=("21",))
            give_role(people["site_staff"], "site_staff", actor=administrator, at=study, only=only)
    if organization.slug == CRO.slug:
        _invite(people["study_manager"])


def _invite(partner: User) -> None:
    """Let a person of the CRO into the study of the sponsor, for a time: one account in two organizations."""
    until = timezone.now() + _STAY
    with scope(Organization.objects.get(slug=SPONSOR.slug)):
        administrator = User.objects.get(email=email_of(SPONSOR, SPONSOR.people[0]))
        add_member(partner, actor=administrator, kind=MemberKind.GUEST, ends_at=until)
        study = Study.objects.get(number=_STUDIES[SPONSOR.slug].number)
        give_role(partner, "vendor", actor=administrator, at=study, ends_at=until)


def _opened(planned: Planned, people: dict[str, User]) -> Study:
    facts = StudyFacts(
        planned.number,
        planned.title,
        planned.phase,
        planned.sponsor,
        planned.countries,
        people["study_manager"],
        StudyStatus.START_UP,
        planned_participants=_PLANNED,
    )
    return services.create_study(facts, actor=people["quality_head"])


def _under_way(study: Study, lead: User) -> None:
    """Milestones, two versions of the protocol, and half a year of participants at the sites that were opened."""
    today = scopes.today()
    months = [_month(today, back) for back in range(6, -1, -1)]
    for kind, planned, actual in (
        (MilestoneKind.PROTOCOL_FINAL, f"{_month(today, 9):%Y-%m}", f"{_month(today, 9) + dt.timedelta(days=17)}"),
        (MilestoneKind.FIRST_PARTICIPANT, f"{_month(today, 7):%Y-%m}", f"{months[0] + dt.timedelta(days=3)}"),
        (MilestoneKind.LAST_PARTICIPANT, f"{_month(today, -8):%Y-%m}", ""),
        (MilestoneKind.DATABASE_LOCK, f"{_month(today, -22):%Y}", ""),
    ):
        conduct.set_milestone(study, kind, planned, actual, actor=lead, revision=0)
    for facts in (
        ProtocolFacts("1.0", _month(today, 9), _month(today, 8), ""),
        ProtocolFacts("2.0", _month(today, 3), _month(today, 2), "The window of visit 3 grows from two to five days."),
    ):
        conduct.add_protocol_version(study, facts, actor=lead)
    counts = [
        Count(site, month, 3 + (place + back) % 4, 2 + (place * back) % 2)
        for place, site in enumerate(recruiting_sites(study, lead))
        for back, month in enumerate(months)
    ]
    conduct.note_participants(study, counts, actor=lead, reason=_BEFORE)


def _said_of_it(study: Study, people: dict[str, User]) -> None:
    """A file and a comment for everybody, and, where there is a statistician, what only the unblinded lane knows."""
    lead, statistician = people["study_manager"], people.get("statistician")
    note = f"# Contacts of {study.number}\n\nThe telephone of the medical monitor is answered day and night.\n"
    attach(study, note.encode(), name="Contacts.md", actor=lead, allowed=[MARKDOWN], label="Whom to call")
    parts.say(study, "The second site opens as soon as its contract is signed.", actor=lead, lane=Lane.GENERAL)
    if statistician is not None:
        scheme = "Two arms, 1:1, permuted blocks of 4 and 6, stratified by country. The statistician keeps the list."
        conduct.set_randomisation(study, scheme, actor=statistician, revision=study.closed_revision)
        text = "The emergency envelopes of the first site were counted: all are closed."
        parts.say(study, text, actor=statistician, lane=Lane.UNBLINDED)


def _month(today: dt.date, back: int) -> dt.date:
    """The first day of the month so many months ago, or ahead when negative."""
    months = today.year * 12 + today.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


register(10, build)
