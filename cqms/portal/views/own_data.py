"""What is held about a person: asked for by themselves, or for them by an administrator."""

from typing import Any

from django import forms
from django.urls import reverse

from cqms.organizations.models import Membership
from cqms.portal.forms import ReasonForm
from cqms.portal.own_data_job import request_own_data
from cqms.portal.views.member_forms import OfMember
from cqms.ui.views import FormPage

_HOLDS = (
    "A ZIP file with everything this organization holds about {}: account, membership, roles, signatures, entries of "
    "the trail and records that name them. JSON for programs, and a page to read."
)


class OwnData(FormPage):
    """Everything held about oneself here."""

    title = "Your own data"
    lede = f"{_HOLDS.format('you')} GDPR 15 and 20. It is made in the background; who asked downloads it."
    form_class = forms.Form
    submit = "Collect my data"
    autosave = False
    rail = "home"

    @property
    def cancel_url(self) -> str:
        """Home."""
        return reverse("portal:home")

    def save(self, form: forms.Form, record: None) -> str:
        job = request_own_data(Membership.objects.select_related("user").get(user=self.reader), actor=self.reader)
        return reverse("portal:job", kwargs={"key": job.pk})


class MemberData(OfMember):
    """Everything held about a member, for who asked the organization instead of the portal."""

    form_class = ReasonForm
    submit = "Collect the data"
    lede = (
        f"{_HOLDS.format('the person')} Titles of records you may not see are left out, and so is what stands in a "
        "lane that is closed to you. The reason is in the trail."
    )

    def get_title(self) -> str:
        return f"What is held about {self.member.user}"

    def save(self, form: Any, record: None) -> str:
        job = request_own_data(self.member, actor=self.reader, reason=form.cleaned_data["reason"])
        return reverse("portal:job", kwargs={"key": job.pk})
