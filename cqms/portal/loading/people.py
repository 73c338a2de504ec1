"""The organizations of a load and their people: who works where, in which role, and the grants that follow from it."""

import datetime as dt
from collections import defaultdict
from functools import cache
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.organizations.models import MemberKind, Membership, Organization
from cqms.portal.demo import PASSWORD
from cqms.portal.loading.tables import Tables
from cqms.portal.loading.tales import Act, Person, Place, Teller

GUEST = "guest"
BEGIN = dt.datetime(2024, 1, 8, 8, tzinfo=dt.UTC)
STUDIES_OF_GUEST = 3
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/Paris", "Australia/Sydney", "America/Toronto")
_FIRST = ("Amara", "Bruno", "Chiara", "Daniel", "Elena", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kemi", "Lars",
          "Mira", "Nils", "Olga", "Pavel", "Rosa", "Sami", "Tara", "Uwe", "Vera", "Wanda", "Yara", "Zoran")  # fmt: skip
_LAST = ("Adler", "Berg", "Costa", "Dahl", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jansen", "Kaya", "Lund",
         "Moreau", "Novak", "Okoro", "Petit", "Quinn", "Rossi", "Singh", "Toth", "Urban", "Vogel", "Weiss")  # fmt: skip
_NAMES = ("Aldebaran", "Birch", "Cormorant", "Dune", "Ember", "Fjord", "Granite", "Heath", "Iris", "Juniper")
_KINDS = ("Therapeutics", "Research", "Biologics", "Clinical", "Pharma")
ORDER = (
    "administrator", "quality_head", "qa", "qa", "document_control", "study_manager", "study_manager", "approver",
    "approver", "author", "author", "author", "medical_monitor", "statistician", "auditor", GUEST,
)  # fmt: skip
"""The roles of the first people of every organization; those after are authors, readers and guests in turn."""
FEWEST = len(ORDER)
_REST = ("author", "reader", GUEST)


def organization(tables: Tables, number: int) -> Organization:
    """The organization of this number: slug `load-0001`."""
    name = f"{_NAMES[number % len(_NAMES)]} {_KINDS[number // len(_NAMES) % len(_KINDS)]} {number:04}"
    made = Organization(name=name, slug=f"load-{number:04}", zone=_ZONES[number % len(_ZONES)])
    made.pk = tables.add(Organization, name=name, slug=made.slug, zone=made.zone, created_at=BEGIN)
    return made


def admit(tables: Tables, teller: Teller, count: int) -> dict[str, list[Person]]:
    """The people of one organization, by the role they hold; guests have none yet. Each signs in with one password."""
    people: dict[str, list[Person]] = defaultdict(list)
    for number in range(count):
        role = ORDER[number] if number < FEWEST else _REST[number % len(_REST)]
        person = _account(tables, teller, number, role)
        people[role].append(person)
        _member(teller, person, is_guest=role == GUEST)
    return people


def give_roles(tables: Tables, load_of: Any) -> None:
    """Roles in the organization, guests' in a few studies, and the groups and grants derived from them."""
    places = _Places(tables, load_of)
    for role, people in load_of.people.items():
        for person in people:
            if role == GUEST:
                for study in load_of.teller.random.sample(load_of.places, min(STUDIES_OF_GUEST, len(load_of.places))):
                    places.give(person, "site_staff", "studies.study", *study)
            else:
                places.give(person, role, ORGANIZATION, load_of.organization.pk, load_of.organization.name)


class _Places:
    """Role assignments of one organization with one group for each role and anchor."""

    def __init__(self, tables: Tables, load_of: Any) -> None:
        self.tables, self.load = tables, load_of
        self.groups: dict[str, int] = {}

    def give(self, person: Person, role: str, kind: str, pk: int, label: str) -> None:
        ends_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=365) if kind != ORGANIZATION else None
        begin = {"user_id": person.pk, "role": role, "anchor_kind": kind, "anchor_id": pk, "anchor_label": label,
                 "starts_at": BEGIN, "ends_at": ends_at}  # fmt: skip
        sentence = f"gave {person.name} the role {ROLES[role].label} in {label}"
        place = Place(f"{person.name} as {ROLES[role].label} in {label}")
        self.load.teller.tell(RoleAssignment, begin, [Act(BEGIN, None, "give role", sentence)], place)
        self.tables.add(User.groups.through, user_id=person.pk, group_id=self._group(role, kind, pk))

    def _group(self, role: str, kind: str, pk: int) -> int:
        organization = self.load.organization.pk
        name = f"{organization}:{role}:{kind}:{pk}"
        if name not in self.groups:
            self.groups[name] = self.tables.add(Group, name=name)
            for capability in sorted(ROLES[role].allows):
                self.tables.add(
                    anchors()[kind].grants, organization_id=organization, group_id=self.groups[name],
                    permission_id=_permissions()[kind, capability.value], content_object_id=pk,
                )  # fmt: skip
        return self.groups[name]


@cache
def _permissions() -> dict[tuple[str, str], int]:
    rows = Permission.objects.select_related("content_type")
    return {(f"{row.content_type.app_label}.{row.content_type.model}", row.codename): row.pk for row in rows}


@cache
def _password() -> str:
    return make_password(PASSWORD)


def _account(tables: Tables, teller: Teller, number: int, role: str) -> Person:
    random: Random = teller.random
    name = f"{random.choice(_FIRST)} {random.choice(_LAST)}"
    email = f"{role.replace('_', '.')}.{number}@load-{teller.organization_id:04}.example"
    pk = tables.add(User, email=email, name=name, password=_password(), zone=teller.zone, created_at=BEGIN)
    return Person(pk, name)


def _member(teller: Teller, person: Person, *, is_guest: bool) -> None:
    ends_at = timezone.now().replace(microsecond=0) + dt.timedelta(days=365) if is_guest else None
    kind = MemberKind.GUEST if is_guest else MemberKind.MEMBER
    begin = {"user_id": person.pk, "starts_at": BEGIN, "ends_at": ends_at, "kind": kind}
    act = Act(BEGIN, None, "admit", f"let {person.name} in")
    teller.tell(Membership, begin, [act], Place(f"Membership of {person.name}"))
