"""The cast: the same people in the same two organizations, in every test.

`build()` fills the template database once; the fixtures only look people up.
"""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from cqms.access.services import add_member, found_organization, give_role
from cqms.accounts.models import User
from cqms.accounts.services import open_account
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from studies.models import Site, Study

PASSWORD = "blue heron over quiet water"

# who → (printed name, role in the first organization, or None)
PEOPLE: dict[str, tuple[str, str | None]] = {
    "author": ("Amara Osei", "author"),
    "reviewer": ("Rasmus Lind", "author"),
    "process_owner": ("Petra Novak", "approver"),
    "qa": ("Quentin Abara", "qa"),
    "quality_head": ("Hanna Quist", "quality_head"),
    "document_control": ("Dora Castell", "document_control"),
    "study_manager": ("Samuel Mora", "study_manager"),
    "medical_monitor": ("Mina Monroe", "medical_monitor"),
    "statistician": ("Stefan Tisch", "statistician"),
    "auditor": ("Aude Dupin", "auditor"),
    "administrator": ("Adrian Mills", "administrator"),
    "reader": ("Rita Edwards", "reader"),
    "inspector": ("Ines Spector", "inspector"),
    "blinded": ("Blanka Idowu", "reader"),
    "guest": ("Gustav Est", None),
    "outsider": ("Otto Sidler", None),
}


@dataclass(frozen=True)
class Cast:
    """Everybody by name, the two organizations, and a study of each."""

    people: SimpleNamespace
    ours: Organization
    theirs: Organization

    def __getattr__(self, name: str) -> User:
        return getattr(self.people, name)


def email_of(who: str) -> str:
    return f"{who.replace('_', '.')}@cast.test"


def change_account(person: User, **values: object) -> None:
    """What services do with an account, and what none does, with the event that the database asks for."""
    for name, value in values.items():
        setattr(person, name, value)
    audit.note_security(SecurityEventKind.ACCOUNT_CHANGED, user=person)
    person.save(update_fields=[*values])


def build() -> None:
    """Fill an empty database with the cast, through the services."""
    people = {who: open_account(email=email_of(who), name=name, password=PASSWORD) for who, (name, _) in PEOPLE.items()}
    administrator = people["administrator"]
    ours = found_organization(
        name="Northwind Therapeutics", slug="northwind", zone="Europe/Berlin", administrator=administrator
    )
    theirs = found_organization(
        name="Harbour Research", slug="harbour", zone="America/New_York", administrator=people["outsider"]
    )
    with scope(ours):
        _fill_ours(people, administrator)
    with scope(theirs):
        _fill_theirs(people["outsider"])


def _fill_ours(people: dict[str, User], administrator: User) -> None:
    for who, (_, role) in PEOPLE.items():
        if who in ("administrator", "outsider"):
            continue
        if who == "guest":
            add_member(people[who], actor=administrator, kind="guest", ends_at=timezone.now() + timedelta(days=60))
            continue
        add_member(people[who], actor=administrator, manager=people["quality_head"])
        if role:
            until = timezone.now() + timedelta(days=90) if role == "inspector" else None
            give_role(people[who], role, actor=administrator, ends_at=until)
    study = _study("NW-101", "Heron: a study of sleep in adults", people["study_manager"])
    _study("NW-202", "Plover: a study of rest in children", people["study_manager"])
    give_role(people["guest"], "reader", actor=administrator, at=study)


def _fill_theirs(outsider: User) -> None:
    helper = open_account(email="second.outsider@cast.test", name="Olga Second", password=PASSWORD)
    add_member(helper, actor=outsider)
    give_role(outsider, "quality_head", actor=None)
    give_role(helper, "qa", actor=outsider)
    _study("HR-900", "Secret harbour study", outsider)


def _study(number: str, title: str, manager: User) -> Study:
    study = audit.save(
        Study(number=number, title=title, phase="2", status="recruiting", sponsor="Northwind Therapeutics",
              countries=["DE", "FR"], manager=manager),
        actor=manager,
    )  # fmt: skip
    audit.save(Site(study=study, number="01", name=f"Clinic of {number}", country="DE", status="open"), actor=manager)
    return study


@pytest.fixture
def cast(db: None) -> Cast:
    return _look_up()


@pytest.fixture
def company(clone: object, settings, tmp_path) -> Cast:
    """Everybody, in a database that keeps what is committed until the test ends; its keys and witnesses go with it."""
    settings.KEYS_DIR, settings.WITNESS_FOLDER = tmp_path / "keys", tmp_path / "witness"
    return _look_up()


def _look_up() -> Cast:
    users = {user.email: user for user in User.objects.all()}
    organizations = {each.slug: each for each in Organization.objects.all()}
    people = SimpleNamespace(**{who: users[email_of(who)] for who in PEOPLE})
    return Cast(people, organizations["northwind"], organizations["harbour"])


@pytest.fixture
def ours(cast: Cast):
    """The first organization, open."""
    with scope(cast.ours):
        yield cast.ours


def page(organization: Organization, path: str) -> str:
    """The mounted address of a page."""
    return f"/o/{organization.slug}{path}"
