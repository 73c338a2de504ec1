"""The demo world: two organizations and their people, filled by each app through its own services.

Built only into an empty portal, the same for the same seed, with dates relative to today.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from cqms.access.services import add_member, found_organization, give_role
from cqms.accounts.models import User
from cqms.accounts.services import open_account
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope

_INSPECTION = timedelta(days=30)
PASSWORD = "heron lantern over quiet water"  # noqa: S105 - the demo's, printed at every start


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo: who they are in the cast, printed name, role.

    Who holds it `below` the organization alone receives it from the app whose anchor it is held at.
    """

    who: str
    name: str
    role: str
    below: bool = False


@dataclass(frozen=True)
class DemoOrganization:
    """An organization of the demo and its people; the first is its administrator."""

    name: str
    slug: str
    zone: str
    people: tuple[DemoPerson, ...]


def _people(*rows: tuple[str, str, str] | tuple[str, str, str, bool]) -> tuple[DemoPerson, ...]:
    return tuple(DemoPerson(*row) for row in rows)


SPONSOR = DemoOrganization(
    "Alder Therapeutics",
    "alder",
    "Europe/Berlin",
    _people(
        ("administrator", "Adele Brandt", "administrator"),
        ("author", "Amara Okafor", "author"),
        ("reviewer", "Rafael Lindqvist", "author"),
        ("process_owner", "Paula Ferreira", "approver"),
        ("qa", "Quirin Albers", "qa"),
        ("quality_head", "Helena Quist", "quality_head"),
        ("document_control", "Dorothea Klein", "document_control"),
        ("study_manager", "Samira Marchetti", "study_manager"),
        ("medical_monitor", "Magnus Mbeki", "medical_monitor"),
        ("statistician", "Stella Toivonen", "statistician"),
        ("auditor", "Aurel Duval", "auditor"),
        ("reader", "Rita Evans", "reader"),
        ("inspector", "Ivo Speth", "inspector"),
        ("site_staff", "Signe Halvorsen", "site_staff", True),
    ),
)
CRO = DemoOrganization(
    "Quayside Research",
    "quayside",
    "America/New_York",
    _people(
        ("administrator", "Arthur Pell", "administrator"),
        ("author", "Avery Coleman", "author"),
        ("reviewer", "Rowan Ellis", "author"),
        ("process_owner", "Priya Nair", "approver"),
        ("qa", "Quentin Boyd", "qa"),
        ("quality_head", "Harriet Moss", "quality_head"),
        ("document_control", "Dale Whitaker", "document_control"),
        ("study_manager", "Sofia Reyes", "study_manager"),
        ("medical_monitor", "Miles Tanaka", "medical_monitor"),
    ),
)

Builder = Callable[[Organization, dict[str, User]], None]

_builders: dict[int, Builder] = {}


def register(order: int, builder: Builder) -> None:
    """Let an app fill its part of an organization; lower orders come first. Raises ValueError for one that is taken."""
    if _builders.setdefault(order, builder) is not builder:
        raise ValueError(f"The order {order} is taken by {_builders[order].__module__}: choose another.")


def build() -> list[dict[str, str]]:
    """Build the demo world into an empty portal; returns the accounts as demo.json lists them."""
    accounts = []
    for planned in (SPONSOR, CRO):
        people = {person.who: _account(planned, person) for person in planned.people}
        organization = found_organization(
            name=planned.name, slug=planned.slug, zone=planned.zone, administrator=people["administrator"]
        )
        with scope(organization):
            _admit(planned, people)
        for order in sorted(_builders):
            _builders[order](organization, people)
        accounts += [_shown(planned, person) for person in planned.people]
    return accounts


def is_empty() -> bool:
    """Whether nobody uses the portal yet."""
    return not User.objects.exists()


def email_of(planned: DemoOrganization, person: DemoPerson) -> str:
    """The address under which a person of the demo signs in; `.example` belongs to nobody (RFC 2606)."""
    return f"{person.who.replace('_', '.')}@{planned.slug}.example"


def _account(planned: DemoOrganization, person: DemoPerson) -> User:
    return open_account(email=email_of(planned, person), name=person.name, password=PASSWORD, zone=planned.zone)


def _admit(planned: DemoOrganization, people: dict[str, User]) -> None:
    administrator = people["administrator"]
    for person in planned.people[1:]:
        manager = None if person.who == "quality_head" else people["quality_head"]
        add_member(people[person.who], actor=administrator, manager=manager)
        if person.below:
            continue
        until = timezone.now() + _INSPECTION if person.role == "inspector" else None
        give_role(people[person.who], person.role, actor=administrator, ends_at=until)


def _shown(planned: DemoOrganization, person: DemoPerson) -> dict[str, str]:
    return {
        "email": email_of(planned, person),
        "password": PASSWORD,
        "role": person.role,
        "organization": planned.name,
    }
