"""What administrators change about members, each on a page of its own."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.access import services as access
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.organizations.models import Membership
from cqms.portal import services
from cqms.portal.forms import GiveRoleForm, InviteForm, ReasonForm, RenameForm
from cqms.portal.selectors import members
from cqms.portal.views.guarded import ForAdministrators
from cqms.portal.views.members import member_or_404, member_path
from cqms.ui.items import Crumb
from cqms.ui.views import FormPage


class AboutMembers(ForAdministrators, FormPage):
    """A form below the list of members."""

    autosave = False

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Members", reverse("portal:members")), Crumb(self.get_title())]

    @property
    def cancel_url(self) -> str:
        """Back to the list."""
        return reverse("portal:members")

    def done(self, sentence: str) -> None:
        """Say on the next page what was done."""
        messages.success(self.request, sentence)


class Invite(AboutMembers):
    """Let a person in, new or known to the portal."""

    title = "Invite a person"
    lede = "A new person gets a mail with a link to set a password. Who has an account already is let in at once."
    form_class = InviteForm
    submit = "Invite"

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"organization": self.request.organization}

    def save(self, form: InviteForm, record: None) -> str:
        clean = form.cleaned_data
        member = services.invite(
            email=clean["email"],
            name=clean["name"],
            role=clean["role"],
            at=form.chosen_place(),
            department=clean["department"],
            actor=self.request.user,
        )
        knows = member.user.has_usable_password()
        news = "they had an account already" if knows else "a mail with the link is on its way"
        self.done(f"{member.user} is a member now; {news}.")
        return member_path(member)


class OfMember(AboutMembers):
    """A form about one present member. It changes no field of the membership, so it carries no revision."""

    @property
    def member(self) -> Membership:
        """The member of the address."""
        return member_or_404(self.kwargs["member"])

    @property
    def cancel_url(self) -> str:
        """Back to the member."""
        return member_path(self.member)


class GiveRole(OfMember):
    """Give a member a role, in the organization or below one of its anchors."""

    form_class = GiveRoleForm
    submit = "Give the role"

    def get_title(self) -> str:
        return f"Give {self.member.user} a role"

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"organization": self.request.organization, "person": self.member.user}

    def save(self, form: GiveRoleForm, record: None) -> str:
        member, until = self.member, form.cleaned_data["until"]
        midnight = until and datetime.combine(until + timedelta(days=1), time(), self.request.organization.timezone)
        role = access.give_role(
            member.user, form.cleaned_data["role"], actor=self.request.user, at=form.chosen_place(), ends_at=midnight
        )
        self.done(f"{member.user} holds the role {ROLES[role.role].label} in {role.anchor_label}.")
        return member_path(member)


class InviteAgain(OfMember):
    """Send the link once more to who never set a password."""

    form_class = forms.Form
    submit = "Send the mail"
    lede = "The link of the earlier mail stays good until it is used or three days old."

    def get_title(self) -> str:
        return f"Send {self.member.user} the invitation again"

    def save(self, form: forms.Form, record: None) -> str:
        services.invite_again(self.member, actor=self.request.user)
        self.done("The mail is on its way.")
        return member_path(self.member)


class Rename(OfMember):
    """Change the printed name of a member."""

    form_class = RenameForm
    submit = "Change the name"
    lede = "Signatures and entries of the trail keep the name under which they were made."

    def get_title(self) -> str:
        return f"Change the name of {self.member.user}"

    def initial(self, record: None) -> dict[str, Any]:
        return {"name": self.member.user.name}

    def save(self, form: RenameForm, record: None) -> str:
        clean = form.cleaned_data
        services.rename(self.member.user, clean["name"], actor=self.request.user, reason=clean["reason"])
        self.done(f"The printed name is {clean['name']} from now on.")
        return member_path(self.member)


class EndMembership(OfMember):
    """End a membership and every role with it."""

    form_class = ReasonForm
    submit = "End the membership"
    lede = "Every role ends with it, now. What they did stays in the records. They can be invited again."

    def get_title(self) -> str:
        return f"End the membership of {self.member.user}"

    def save(self, form: ReasonForm, record: None) -> str:
        services.end_membership(self.member, actor=self.request.user, reason=form.cleaned_data["reason"])
        self.done("The membership has ended.")
        return member_path(self.member)


class EndRole(AboutMembers):
    """Take a role back."""

    form_class = ReasonForm
    submit = "End the role"
    lede = "The role ends now. It can be given again."

    @property
    def role(self) -> RoleAssignment:
        """The role of the address."""
        found: RoleAssignment = get_object_or_404(RoleAssignment.objects.select_related("user"), pk=self.kwargs["role"])
        return found

    def get_title(self) -> str:
        return f"End the role of {self.role}"

    @property
    def cancel_url(self) -> str:
        """Back to the member."""
        return member_path(members().get(user=self.role.user))

    def save(self, form: ReasonForm, record: None) -> str:
        services.end_role(self.role, actor=self.request.user, reason=form.cleaned_data["reason"])
        self.done("The role has ended.")
        return self.cancel_url
