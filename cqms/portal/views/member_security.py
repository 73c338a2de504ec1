"""What administrators do when a device or a factor of a member is lost, each on a page of its own."""

from cqms.identity.sessions import sessions_of
from cqms.portal import people
from cqms.portal.forms import EvidenceForm, ReasonForm
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


class EndSessions(OfMember):
    """End every session of a member now."""

    form_class = ReasonForm
    submit = "End all sessions"

    def get_title(self) -> str:
        return f"End the sessions of {self.member.user}"

    @property
    def lede(self) -> str:  # type: ignore[override]
        """How many there are, and what it does not do."""
        count = len(sessions_of(self.member.user))
        where = "is signed in nowhere" if not count else f"is signed in {count} {'time' if count == 1 else 'times'}"
        return f"{self.member.user} {where}. They may sign in again; a mail tells them."

    def save(self, form: ReasonForm, record: None) -> str:
        count = people.sign_out_everywhere(self.member, actor=self.request.user, reason=form.cleaned_data["reason"])
        self.done(f"{count} {'session has' if count == 1 else 'sessions have'} ended.")
        return member_path(self.member)
