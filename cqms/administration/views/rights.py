"""Rights: people against studies, why somebody holds a right, and which duties are kept apart."""

from collections.abc import Callable, Sequence
from functools import cached_property

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.models import RoleAssignment, roles_in_words
from cqms.access.roles import ROLES
from cqms.access.segregation import roles_held_together, rules, weighty_roles
from cqms.administration.policies import is_no_guest
from cqms.administration.views.settings import above
from cqms.organizations.capabilities import WORDS, Capability
from cqms.organizations.models import Membership
from cqms.portal.selectors import current, members, roles_by_person, roles_of
from cqms.portal.views.guarded import ForAdministrators, Guarded
from cqms.portal.views.members import member_path
from cqms.ui import times
from cqms.ui.atoms import Badge
from cqms.ui.components import Table
from cqms.ui.items import Crumb, Head
from cqms.ui.views import Column, ListPage

_MOST_PLACES = 8
_MAY = (Head("It allows to", "lead"), Head("Because of the role"))
_HELD = (Head("Role", "lead"), Head("Held in"), Head("Given by"), Head("Since", "fit"), Head("Until"))

Words = Callable[[Membership], str]


class Duties(Guarded):
    """Every rule of the segregation of duties with its reason."""

    policy = is_no_guest
    title = "Segregation of duties"
    rail = "administration"
    template_name = "administration/duties.html"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.title))

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        heads = [Head("Rule", "lead"), Head("Why"), Head("Source", "fit"), Head("Where it bites", "col-2")]
        rows = [(each.title, each.reason, each.source, each.where) for each in rules()]
        return self.answer(table=Table(heads, rows, f"{len(rows)} rules"), weighty=weighty_roles())


class Matrix(ForAdministrators, ListPage):
    """Members against the places where roles are held. A place beyond the first few is reached by the person."""

    title = "Rights"
    order = "user__name"
    file_name = "rights"
    search_label = "Search members"
    search_placeholder = "Name"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.title))

    @cached_property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """A column for the organization and one for each of the newest studies; roles are fetched once."""
        roles = roles_by_person()
        places = [(ORGANIZATION, self.request.organization.pk, "Organization"), *_newest_places()]
        cells = [Column(label, _cell(roles, kind, pk), css="named") for kind, pk, label in places]
        return (
            Column("Person", _person, lambda m: m.user.name, "user__name", "lead"),
            *cells,
            Column("Conflict", _conflict(roles), _conflict_words(roles), css="fit state"),
        )

    def get_queryset(self) -> QuerySet[Membership]:
        return members().filter(current())

    def search(self, queryset: QuerySet[Membership], words: str) -> QuerySet[Membership]:
        return queryset.filter(user__name__icontains=words)


class WhyThisRight(ForAdministrators):
    """Everything one person may do here, and which role lets them, who gave it and who approved it."""

    template_name = "administration/right.html"

    def get_title(self) -> str:
        return f"Why {self.member.user} has these rights"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb("Rights", reverse("administration:rights")), Crumb(str(self.member.user)))

    @property
    def member(self) -> Membership:
        """The member of the address."""
        found: Membership = get_object_or_404(members(), user=self.kwargs["person"])
        return found

    def get(self, request: HttpRequest, person: int) -> HttpResponse:
        """Show it."""
        member = self.member
        held = [row for row in roles_of(member.user) if row.is_current()]
        allowed = [(WORDS[each], roles_in_words(rows)) for each in Capability if (rows := _which_allow(held, each))]
        return self.answer(
            may=Table(_MAY, allowed, "What this person may do, and because of which role") if held else None,
            held=Table(_HELD, [_held(row) for row in held], "Roles, and who gave them") if held else None,
            member_url=member_path(member),
        )


def _which_allow(held: Sequence[RoleAssignment], capability: Capability) -> list[RoleAssignment]:
    return [row for row in held if capability in ROLES[row.role].allows]


def _held(row: RoleAssignment) -> tuple[object, ...]:
    by = str(row.given_by or "the portal, when the organization was founded")
    return (
        ROLES[row.role].label,
        row.place,
        f"{by}, approved by {row.approved_by}" if row.approved_by else by,
        times.day(row.starts_at),
        times.moment(row.ends_at) if row.ends_at else "open",
    )


def _newest_places() -> list[tuple[str, int, str]]:
    found = []
    for kind, anchor in anchors().items():
        if kind != ORGANIZATION:
            rows = anchor.model._default_manager.order_by("-pk")[:_MOST_PLACES]
            found += [(kind, row.pk, str(getattr(row, "number", row))) for row in rows]
    return found


def _cell(roles: dict[int, list[RoleAssignment]], kind: str, pk: int) -> Words:
    def words(member: Membership) -> str:
        rows = roles.get(member.user_id, [])
        return ", ".join(ROLES[row.role].label for row in rows if (row.anchor_kind, row.anchor_id) == (kind, pk))

    return words


def _person(member: Membership) -> object:
    place = reverse("administration:right", kwargs={"person": member.user_id})
    return format_html('<a href="{}">{}</a>', place, member.user.name)


def _conflict_words(roles: dict[int, list[RoleAssignment]]) -> Words:
    def words(member: Membership) -> str:
        broken = roles_held_together({row.role for row in roles.get(member.user_id, [])})
        return "; ".join(rule.title for rule in broken)

    return words


def _conflict(roles: dict[int, list[RoleAssignment]]) -> Callable[[Membership], object]:
    words = _conflict_words(roles)
    return lambda member: Badge(words(member), "bad") if words(member) else ""
