"""Requests for roles: the list, one request with its decision, and asking for a role oneself."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.models import RoleAssignment, RoleRequest, RoleRequestState
from cqms.access.roles import ROLES
from cqms.access.segregation import NO_RIGHT_FOR_ONESELF
from cqms.administration.paths import request_path
from cqms.administration.policies import is_no_guest, may_decide_about_roles
from cqms.administration.views.settings import above
from cqms.organizations.capabilities import WORDS, Capability
from cqms.portal import role_requests
from cqms.portal.forms import AskForRoleForm
from cqms.portal.selectors import midnight_after
from cqms.portal.views.guarded import Guarded
from cqms.ui import times
from cqms.ui.atoms import Badge
from cqms.ui.components import Facts, Timeline
from cqms.ui.items import Crumb
from cqms.ui.step_form import StepForm
from cqms.ui.story import story
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage, StepPage


def badge(request: RoleRequest) -> Badge:
    """The state with its tone."""
    return Badge(request.get_state_display(), role_requests.REQUEST.tones[request.state])


def _link(request: RoleRequest) -> object:
    return format_html('<a href="{}">{}</a>', request_path(request), request.user)


class RequestList(Guarded, ListPage):
    """Every request, those that wait first to be seen."""

    policy = may_decide_about_roles
    title = "Requests for roles"
    rail = "administration"
    file_name = "role-requests"
    order = "-requested_at"
    filters = (
        Filter("state", "State", lambda _: RoleRequestState.choices, lambda rows, value: rows.filter(state=value)),
    )
    columns = (
        Column("Person", _link, lambda r: r.user.name, "user__name", "lead"),
        Column("Role", lambda r: ROLES[r.role].label),
        Column("Held in", lambda r: r.place),
        Column("Requested by", lambda r: r.requested_by.name, css="col-2"),
        Column(
            "Requested",
            lambda r: times.day(r.requested_at),
            lambda r: times.as_day(r.requested_at),
            "requested_at",
            "fit",
        ),
        Column("Decided by", lambda r: r.decided_by.name if r.decided_by else "", css="col-2"),
        Column("State", badge, lambda r: r.get_state_display(), css="fit state"),
    )

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.title))

    def get_queryset(self) -> QuerySet[RoleRequest]:
        return role_requests.requests()


class AskForRole(Guarded, FormPage):
    """Ask for a role for oneself; somebody else decides."""

    policy = is_no_guest
    title = "Ask for a role"
    rail = "account"
    form_class = AskForRoleForm
    submit = "Ask for it"
    lede = (
        "An administrator or the head of quality decides, and you hear of it in your Inbox. "
        "A study that is not offered, because you see none of it yet, is given by an administrator. "
        f"{NO_RIGHT_FOR_ONESELF.sentence}"
    )
    autosave = False

    @property
    def cancel_url(self) -> str:
        """Back to Home."""
        return reverse("portal:home")

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"organization": self.request.organization, "person": self.request.user}

    def save(self, form: AskForRoleForm, record: None) -> str:
        clean = form.cleaned_data
        until = midnight_after(clean["until"], self.request.organization)
        wish = role_requests.Wish(
            self.request.user, clean["role"], form.chosen_place(), until, form.narrowing(), clean["reason"]
        )
        made = role_requests.ask_for_role(wish, actor=self.request.user)
        messages.success(self.request, f"You asked for the role {ROLES[made.role].label}. Somebody else decides.")
        return request_path(made) if isinstance(made, RoleRequest) else self.cancel_url


class OneRequest:
    """The request of the address, for who decides, who asked and who would receive the role."""

    def get_record(self) -> RoleRequest:
        """The request, or Http404."""
        found: RoleRequest = get_object_or_404(role_requests.requests(), pk=self.kwargs["wish"])
        reader = self.request.user
        if reader.pk not in (found.user_id, found.requested_by_id) and not may_decide_about_roles(reader):
            raise Http404
        return found


class RequestPage(OneRequest, DetailPage):
    """One request: what the role would allow, who asks, who decided."""

    template_name = "administration/request.html"
    rail = "administration"
    workflow = role_requests.REQUEST

    def crumbs(self) -> Sequence[Crumb]:
        if not may_decide_about_roles(self.request.user):
            return ()
        return above(Crumb("Requests for roles", reverse("administration:requests")), Crumb(str(self.get_record())))

    def describe(self, record: RoleRequest) -> Mapping[str, object]:
        role = ROLES[record.role]
        return {
            "title": str(record),
            "badge": badge(record),
            "facts": Facts(_facts(record)),
            "allows": [WORDS[each] for each in Capability if each in role.allows],
            "held": [str(row) for row in RoleAssignment.objects.filter(user=record.user) if row.is_current()],
        }

    def step_url(self, record: RoleRequest, key: str) -> str:
        return request_path(record, "administration:request_step", step=key)

    def timeline(self, record: RoleRequest) -> Timeline:
        about = Q(record_kind="access.rolerequest", record_id=record.pk)
        return story(self.request, within=about, capability=None)


class RequestStep(OneRequest, StepPage):
    """Grant, refuse or withdraw."""

    workflow = role_requests.REQUEST
    rail = "administration"

    def record_url(self, record: RoleRequest) -> str:
        return request_path(record)

    def perform(self, record: RoleRequest, form: StepForm) -> None:
        key, clean = self.option.step.key, form.cleaned_data
        if key == "grant":
            role_requests.grant(record, actor=self.reader, revision=clean["revision"])
        elif key == "refuse":
            role_requests.refuse(record, actor=self.reader, revision=clean["revision"], reason=clean["reason"])
        else:
            role_requests.withdraw(record, actor=self.reader, revision=clean["revision"])


def _facts(request: RoleRequest) -> list[tuple[str, object]]:
    return [
        ("Person", request.user),
        ("Role", ROLES[request.role].label),
        ("Held in", request.place),
        ("Until", times.moment(request.ends_at) if request.ends_at else "open"),
        ("Requested by", request.requested_by),
        ("Requested", times.moment(request.requested_at)),
        ("Why", request.reason),
        ("Decided by", request.decided_by or "nobody yet"),
    ]
