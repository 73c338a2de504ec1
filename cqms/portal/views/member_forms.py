"""What administrators change about members, each on a page of its own."""

from collections.abc import Sequence
from datetime import datetime, time
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.organizations.models import Membership
from cqms.portal import people, services
from cqms.portal.forms import (
    AwayForm,
    ChangeMemberForm,
    EvidenceForm,
    GiveRoleForm,
    InviteForm,
    LeaveForm,
    ReasonForm,
    RenameForm,
)
from cqms.portal.handover import Held, held_by
from cqms.portal.role_requests import Wish, ask_for_role
from cqms.portal.selectors import last_day, members, midnight_after, present_people
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
            services.Invitation(
                email=clean["email"],
                name=clean["name"],
                role=clean["role"],
                at=form.chosen_place(),
                department=clean["department"],
                kind=clean["kind"] or "member",
                ends_at=midnight_after(clean["until"], self.request.organization),
            ),
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
        member, clean = self.member, form.cleaned_data
        wish = Wish(
            member.user,
            clean["role"],
            form.chosen_place(),
            midnight_after(clean["until"], self.request.organization),
            form.narrowing(),
            clean["reason"],
        )
        given = ask_for_role(wish, actor=self.request.user)
        label = ROLES[given.role].label
        if isinstance(given, RoleAssignment):
            self.done(f"{member.user} holds the role {label} in {given.place}.")
        else:
            self.done(f"{label} for {member.user} is asked for. Somebody else decides about it.")
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


class ChangeMember(OfMember):
    """Change where a member stands."""

    form_class = ChangeMemberForm
    submit = "Save"

    def get_title(self) -> str:
        return f"Change where {self.member.user} stands"

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"people": present_people(without=self.member.user), "is_guest": self.member.is_guest}

    def initial(self, record: None) -> dict[str, Any]:
        member = self.member
        manager = str(member.manager_id or "")
        until = last_day(member.ends_at, member.organization)
        return {"department": member.department, "manager": manager, "until": until, "revision": member.revision}

    def save(self, form: ChangeMemberForm, record: None) -> str:
        """The stay is changed by itself: it is another decision, with another entry in the trail."""
        clean, actor = form.cleaned_data, self.request.user
        until = midnight_after(clean.pop("until"), self.member.organization)
        row = people.change_member(self.member, actor=actor, **clean)
        if "until" in form.changed_data:
            people.change_stay(row, until, actor=actor, reason=clean["reason"])
        self.done("It is changed.")
        return member_path(self.member)


class Away(OfMember):
    """Name who acts for a member while they are away."""

    form_class = AwayForm
    submit = "Name them"
    lede = "What awaits the person stands in the other's Inbox meanwhile, and reminders go to both."

    def get_title(self) -> str:
        return f"Who acts for {self.member.user}"

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"people": present_people(without=self.member.user)}

    def save(self, form: AwayForm, record: None) -> str:
        clean, place = form.cleaned_data, self.request.organization
        since = datetime.combine(clean["since"], time(), place.timezone)
        until = midnight_after(clean["until"], place)
        people.go_away(self.member, delegate=clean["delegate"], since=since, until=until, actor=self.request.user)
        self.done(f"{clean['delegate']} acts for {self.member.user} from {clean['since']:%-d %b %Y}.")
        return self.cancel_url


class BackAgain(OfMember):
    """End an absence."""

    form_class = forms.Form
    submit = "End the absence"
    lede = "Nobody acts for the person any more."

    def get_title(self) -> str:
        return f"{self.member.user} is back"

    def save(self, form: forms.Form, record: None) -> str:
        people.come_back(self.member, actor=self.request.user)
        self.done("The absence has ended.")
        return self.cancel_url


class ProveIdentity(OfMember):
    """Write down how it was established who a member is."""

    form_class = EvidenceForm
    submit = "Write it down"
    lede = "21 CFR 11.100(b): before somebody signs, it is established who they are."

    def get_title(self) -> str:
        return f"Prove the identity of {self.member.user}"

    def save(self, form: EvidenceForm, record: None) -> str:
        people.prove_identity(self.member, how=form.cleaned_data["evidence"], actor=self.request.user)
        self.done("It is written down.")
        return member_path(self.member)


class NoteIntroduction(OfMember):
    """Write down that a member was trained on the portal."""

    form_class = EvidenceForm
    submit = "Write it down"
    lede = "ICH E6(R3) 4.3.8: nobody works with a system before they were trained on it."

    def get_title(self) -> str:
        return f"Training of {self.member.user} on the portal"

    def save(self, form: EvidenceForm, record: None) -> str:
        people.note_introduction(self.member, evidence=form.cleaned_data["evidence"], actor=self.request.user)
        self.done("It is written down.")
        return member_path(self.member)


class EndMembership(OfMember):
    """End a membership and every role with it; what the person holds gets a new owner."""

    template_name = "portal/member_leaves.html"
    form_class = LeaveForm
    submit = "End the membership"
    lede = "Roles, sessions and API tokens end now. What they did stays in the records under their name."

    def get_title(self) -> str:
        return f"End the membership of {self.member.user}"

    @cached_property
    def held(self) -> list[Held]:
        """What the person holds."""
        return held_by(self.member.user)

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"held": self.held, "people": present_people(without=self.member.user)}

    def save(self, form: LeaveForm, record: None) -> str:
        people.let_go(self.member, form.heirs(), actor=self.request.user, reason=form.cleaned_data["reason"])
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
