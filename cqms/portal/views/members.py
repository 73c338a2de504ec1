"""Members: who belongs to the organization, and what each holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.models import RoleAssignment, roles_in_words
from cqms.access.roles import ROLES, Role, role_choices
from cqms.audit.models import kind_of
from cqms.organizations.capabilities import WORDS, Capability
from cqms.organizations.models import Membership
from cqms.portal.mails import is_written_to_files
from cqms.portal.policies import may_administer
from cqms.portal.selectors import about_person, current, last_entry_of, members, roles_by_person, roles_of
from cqms.portal.views.guarded import ForAdministrators
from cqms.signatures.models import Acceptance
from cqms.signatures.services import acceptance_of
from cqms.ui import addresses, times
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Facts, Table, Timeline
from cqms.ui.frame import outside_url
from cqms.ui.items import Crumb, Head, Row
from cqms.ui.story import story
from cqms.ui.views import Column, DetailPage, Filter, ListPage, Page

CURRENT, GUEST, ENDED = Badge("Member", "good"), Badge("Guest", "progress"), Badge("Ended", "neutral", "lock")
_ACCEPTED = (("yes", "Accepted as binding"), ("no", "Not accepted yet"))
_STATES = (("current", "Members"), ("ended", "Former members"))


def member_path(member: Membership, view: str = "portal:member") -> str:
    """The address of a member's page, or of one of its forms."""
    return reverse(view, kwargs={"member": member.pk})


def member_or_404(member: int) -> Membership:
    """A membership of the open organization."""
    found: Membership = get_object_or_404(members(), pk=member)
    return found


def _in_state(rows: QuerySet[Membership], state: str) -> QuerySet[Membership]:
    return rows.filter(current()) if state == "current" else rows.exclude(current())


def _with_role(rows: QuerySet[Membership], role: str) -> QuerySet[Membership]:
    return rows.filter(user__in=RoleAssignment.objects.filter(current(), role=role).values("user"))


def _with_acceptance(rows: QuerySet[Membership], accepted: str) -> QuerySet[Membership]:
    return rows.filter(accepted_at__isnull=accepted == "no")


class MemberList(ForAdministrators, ListPage):
    """Everybody who belongs to the organization, with the roles they hold."""

    title = "Members"
    template_name = "portal/members.html"
    order = "user__name"
    search_label = "Search members"
    search_placeholder = "Name, e-mail or department"
    file_name = "members"
    filters = (
        Filter("state", "State", lambda _: _STATES, _in_state, "current"),
        Filter("role", "Role", lambda _: role_choices(), _with_role),
        Filter("accepted", "E-signatures", lambda _: _ACCEPTED, _with_acceptance),
    )

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """The columns; roles are fetched once for all rows."""
        return (
            Column("Name", _name_cell, lambda m: m.user.name, "user__name", "lead"),
            Column("E-mail", lambda m: m.user.email, sort="user__email"),
            Column("Roles", self._roles_in_words),
            Column("Department", lambda m: m.department, sort="department", css="col-2"),
            Column(
                "Since", lambda m: times.day(m.starts_at), lambda m: times.as_day(m.starts_at), "starts_at", "fit col-2"
            ),
            Column(
                "E-signatures accepted",
                lambda m: times.day(m.accepted_at) if m.accepted_at else "not yet",
                lambda m: times.as_day(m.accepted_at) if m.accepted_at else "",
                css="fit",
                shown=False,
            ),
            Column("State", _badge, lambda m: _badge(m).word, css="fit state"),
        )

    def get_queryset(self) -> QuerySet[Membership]:
        accepted = Acceptance.objects.filter(person=OuterRef("user"))
        return members().annotate(accepted_at=Subquery(accepted.values("accepted_at")[:1]))

    def search(self, queryset: QuerySet[Membership], words: str) -> QuerySet[Membership]:
        found = Q(user__name__icontains=words) | Q(user__email__icontains=words) | Q(department__icontains=words)
        return queryset.filter(found)

    @property
    def mails(self) -> str:
        """Where the mail of this installation is read; blank where it is sent."""
        return outside_url("outside:mails") if is_written_to_files() else ""

    @cached_property
    def _roles(self) -> dict[int, list[RoleAssignment]]:
        return roles_by_person()

    def _roles_in_words(self, member: Membership) -> str:
        return roles_in_words(self._roles.get(member.user_id, [])) or "no role"


class Member(ForAdministrators, DetailPage):
    """One member: what they hold and held, and what happened to it."""

    template_name = "portal/member.html"

    def get_record(self) -> Membership:
        return member_or_404(self.kwargs["member"])

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Members", reverse("portal:members")), Crumb(str(self.get_record().user))]

    def describe(self, record: Membership) -> Mapping[str, object]:
        roles = roles_of(record.user)
        return {
            "title": record.user.name,
            "badge": _badge(record),
            "held": _roles_table([row for row in roles if row.is_current()], "Roles held now"),
            "ended": _roles_table([row for row in roles if not row.is_current()], "Roles that ended"),
            "facts": Facts(_facts(record)),
            "did": reverse("portal:person_timeline", kwargs={"person": record.user_id}),
        }

    def quiet_steps(self, record: Membership) -> list[Button]:
        if not record.is_current():
            return []
        away = ("Back again", "member_back") if record.delegate_id else ("Away", "member_away")
        wanted = [
            ("Give a role", "plus", "member_give_role"), ("Change", "edit", "member_change"),
            ("Change the name", "edit", "member_rename"), (away[0], "calendar", away[1]),
            ("Identity", "shield", "member_identity"), ("Training", "check", "member_training"),
            ("Sign out", "lock", "member_sessions"), ("Lost second factors", "lock", "member_factors"),
            ("Their data", "download", "member_data"),
        ]  # fmt: skip
        if not record.user.has_usable_password():
            wanted.append(("Send the invitation again", "mail", "member_invite"))
        steps = [Button(label, icon=icon, href=member_path(record, f"portal:{view}")) for label, icon, view in wanted]
        return [*steps, Button("End the membership", "danger", href=member_path(record, "portal:member_end"))]

    def timeline(self, record: Membership) -> Timeline:
        told = story(self.request, within=about_person(record), capability=Capability.ADMINISTER)
        return replace(told, past=addresses.past_of(kind_of(record), record.pk))


class RoleTable(Page):
    """What each role allows; for everybody who belongs here."""

    rail = "administration"

    title = "What each role allows"
    template_name = "portal/roles.html"

    def crumbs(self) -> Sequence[Crumb]:
        if not may_administer(self.request.user):
            return ()
        return [Crumb("Members", reverse("portal:members")), Crumb("Roles")]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        heads = [Head("Role", "lead"), Head("What for"), Head("Allows to"), Head("Given by")]
        rows = [(role.label, role.purpose, _allowed_in_words(role), _givers(role)) for role in ROLES.values()]
        return self.answer(table=Table(heads, rows, f"{len(rows)} roles"))


def _allowed_in_words(role: Role) -> str:
    words = "; ".join(WORDS[each] for each in Capability if each in role.allows)
    return f"{words[:1].upper()}{words[1:]}"


def _givers(role: Role) -> str:
    by = "two people" if role.has_weight else "an administrator"
    return f"{by}, until a day" if role.is_for_a_time else by


def _badge(member: Membership) -> Badge:
    if not member.is_current():
        return ENDED
    return GUEST if member.is_guest else CURRENT


def _name_cell(member: Membership) -> object:
    return format_html('<a href="{}">{}</a>', member_path(member), member.user.name)


def _facts(member: Membership) -> list[tuple[str, Any]]:
    last = last_entry_of(member.user)
    locked = member.user.locked_until
    return [
        ("E-mail", member.user.email),
        ("Kind", member.get_kind_display()),
        ("Department", member.department),
        ("Manager", member.manager),
        ("Invited by", member.invited_by),
        ("Away", _absence(member)),
        ("Identity", _proof(member)),
        ("Electronic signatures", _acceptance(member)),
        ("Training on the portal", member.introduction),
        ("Member since", times.moment(member.starts_at)),
        ("Member until", times.moment(member.ends_at) if member.ends_at else "open"),
        ("Last entry in the trail", times.moment(last) if last else "none yet"),
        ("Sign-in", f"locked until {times.moment_words(locked)}" if member.user.is_locked() and locked else "open"),
    ]


def _absence(member: Membership) -> str:
    if not (member.delegate and member.away_from and member.away_until):
        return "no"
    zone = member.organization.timezone
    since, until = member.away_from.astimezone(zone), member.away_until.astimezone(zone) - timedelta(seconds=1)
    return f"{since:%-d %b %Y} to {until:%-d %b %Y}, {member.delegate} acts"


def _proof(member: Membership) -> str:
    if not member.identity_proven_at:
        return ""
    return f"{member.identity_proof} ({member.identity_proven_by}, {times.moment_words(member.identity_proven_at)})"


def _acceptance(member: Membership) -> str:
    found = acceptance_of(member.user)
    return f"accepted as binding {times.moment_words(found.accepted_at)}" if found else "not accepted yet"


def _roles_table(roles: Sequence[RoleAssignment], caption: str) -> Table | None:
    if not roles:
        return None
    heads = [Head("Role", "lead"), Head("Held in"), Head("Since", "fit"), Head("Until", "fit"), Head("Given by"),
             Head("Step", "fit", hidden=True)]  # fmt: skip
    return Table(heads, [_role_row(row) for row in roles], caption)


def _given_by(row: RoleAssignment) -> str:
    who = str(row.given_by or "the portal, when the organization was founded")
    return f"{who}, approved by {row.approved_by}" if row.approved_by else who


def _role_row(row: RoleAssignment) -> Row:
    end = reverse("portal:role_end", kwargs={"role": row.pk})
    return Row([
        ROLES[row.role].label,
        row.place,
        times.moment(row.starts_at),
        times.moment(row.ends_at) if row.ends_at else "open",
        _given_by(row),
        Button("End", small=True, href=end) if row.is_current() else "",
    ])  # fmt: skip
