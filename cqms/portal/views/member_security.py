"""What administrators do when a device or a factor of a member is lost, each on a page of its own."""

from cqms.portal import people
from cqms.portal.forms import EvidenceForm, SignOutForm
from cqms.portal.views.member_forms import OfMember
from cqms.portal.views.members import member_path


class ForgetFactors(OfMember):
    """Take lost second factors of a member away."""

    form_class = EvidenceForm
    submit = "Take the factors away"
    lede = (
        "For who lost device and recovery codes. Establish who they are as at the beginning: in person, or with a "
        "document. All their sessions end, their password stays asked for, and a mail tells them."
    )

    def get_title(self) -> str:
        return f"Lost second factors of {self.member.user}"

    def save(self, form: EvidenceForm, record: None) -> str:
        people.forget_factors(self.member, evidence=form.cleaned_data["evidence"], actor=self.request.user)
        self.done("The factors are gone. The person signs in with their password and adds new ones.")
        return member_path(self.member)


class SignOut(OfMember):
    """Shut the sessions of a member out now."""

    form_class = SignOutForm
    submit = "Sign out"

    def get_title(self) -> str:
        return f"Sign {self.member.user} out"

    @property
    def lede(self) -> str:  # type: ignore[override]
        """What it does, and what it does not do."""
        return (
            f"Wherever {self.member.user} is signed in, they prove anew who they are before they come into "
            f"{self.member.organization} again. What they do in other organizations goes on. A mail tells them."
        )

    def save(self, form: SignOutForm, record: None) -> str:
        people.sign_out(self.member, actor=self.request.user, **form.cleaned_data)
        self.done(f"{self.member.user} proves anew who they are before they come in again.")
        return member_path(self.member)
