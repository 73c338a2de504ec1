"""What people enter for a serious breach."""

import datetime as dt
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from cqms.deadlines.clocks import NoSuchTime, moment_of
from cqms.portal.forms import ZoneField
from cqms.ui.forms import DayField
from cqms.ui.moments import PastMomentField, ToldMomentField
from quality_events.breaches.assessment import QUESTIONS, Answer
from quality_events.breaches.duties import duties
from quality_events.breaches.models import ClockFrom, Commercial, Investigation
from quality_events.forms import ChangeForm, EventForm, TypedStepForm, text

_ART = "EU 536/2014, Article 52"
_ANNEX = "EMA guideline on serious breaches, annex"


class BreachForm(EventForm):
    """A suspected serious breach: where the trial is authorised, who was aware when, and what shows it."""

    sources: ClassVar[dict[str, str]] = {
        **EventForm.sources, "jurisdictions": "the table of duties in your settings", "sponsor_zone": _ART,
        "zone": _ART, "first_aware_at": _ART,
    }  # fmt: skip

    jurisdictions = forms.MultipleChoiceField(
        label="The trial is authorised in", widget=forms.CheckboxSelectMultiple,
        help_text="Each place has its own duty and clock.",
    )  # fmt: skip
    sponsor_zone = ZoneField(label="Time zone of the sponsor", help_text="Day 7 is counted by its clocks.")
    aware_at = ToldMomentField(
        label="The sponsor has had reasonable grounds since",
        help_text="Or who notifies for it. Not when it was certain: when there was reason to believe it.",
    )
    zone = ZoneField(label="Told in the time zone of", help_text="The largest city near where it became known.")
    aware_by = forms.CharField(label="Who of the sponsor", max_length=200, required=False)
    aware_evidence = forms.CharField(
        label="What shows it", max_length=500, required=False,
        help_text="A link, the subject of a mail, or a file that you attach.",
    )  # fmt: skip
    first_aware_at = ToldMomentField(
        label="The first person in the sponsor's chain was aware at", required=False,
        help_text="Anybody of a party that acts for the sponsor. The clock runs from the earlier of the two.",
    )  # fmt: skip
    first_aware_zone = ZoneField(label="Told in the time zone of ", required=False)
    first_aware_by = forms.CharField(label="Who that was", max_length=200, required=False)
    first_aware_evidence = forms.CharField(label="What shows that", max_length=500, required=False)
    site_aware_at = PastMomentField(
        label="The investigator was aware at", required=False,
        help_text="In your time zone. It starts no clock of the sponsor.",
    )  # fmt: skip

    field_order = (
        "title", "description", "study", "site", "jurisdictions", "occurred_on", "discovered_on", "aware_at", "zone",
        "aware_by", "aware_evidence", "first_aware_at", "first_aware_zone", "first_aware_by", "first_aware_evidence",
        "site_aware_at", "sponsor_zone", "noticed_by", "owner",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jurisdictions"].choices = [(each.key, each.place) for each in duties().values()]

    def clean(self) -> dict[str, Any]:
        """The moments as they were told in their zones."""
        clean = super().clean() or {}
        if clean.get("first_aware_at") and not clean.get("first_aware_zone"):
            clean["first_aware_zone"] = clean.get("zone", "")
        for name, zone in (("aware_at", "zone"), ("first_aware_at", "first_aware_zone")):
            if clean.get(name) and clean.get(zone):
                self._tell(clean, name, ZoneInfo(clean[zone]))
        return clean

    def _tell(self, clean: dict[str, Any], name: str, zone: ZoneInfo) -> None:
        try:
            found = clean[name] if clean[name].tzinfo else moment_of(clean[name], zone)
        except NoSuchTime as wrong:
            self.add_error(name, str(wrong))
            return
        clean[name] = found.astimezone(dt.UTC)
        if found > timezone.now():
            self.add_error(name, "This moment is still to come.")


class ChangeBreachForm(ChangeForm, BreachForm):
    """A serious breach that exists."""


def _question(key: str) -> forms.ChoiceField:
    asked = next(each for each in QUESTIONS if each.key == key)
    return forms.ChoiceField(label=asked.words, choices=Answer.choices, widget=forms.RadioSelect, help_text=asked.why)


class AssessForm(TypedStepForm):
    """The fixed questions, and what the answers rest on."""

    departs, in_scope = _question("departs"), _question("in_scope")
    safety, rights, reliability = _question("safety"), _question("rights"), _question("reliability")
    systematic = _question("systematic")
    rationale = text("What the answers rest on", 5, source=_ART)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in QUESTIONS:
            self.fields[each.key].source = _ART


class StartLaterForm(TypedStepForm):
    """Another start of the clock, and why."""

    clock_from = forms.ChoiceField(
        label="The clock runs from", widget=forms.RadioSelect, choices=ClockFrom.choices,
        help_text="Until that moment is known, the earliest awareness goes on counting.",
    )  # fmt: skip
    aware_at = PastMomentField(
        label="The sponsor has had reasonable grounds since",
        help_text="In your time zone. Correct it here if it was written down too early.",
    )
    first_aware_at = PastMomentField(
        label="The first person in the sponsor's chain was aware at", required=False,
        help_text="In your time zone. Correct it here if it was written down too early.",
    )  # fmt: skip
    clock_rationale = text(
        "Why nobody had reasonable grounds before, or what was written down wrongly", 5, source=_ART, max_length=4000
    )


class SheetForm(TypedStepForm):
    """The fields of the notification in the order of the authority's form."""

    names_people = ("parties", "site_contact")

    investigation = forms.ChoiceField(
        label="Status of the investigation", choices=Investigation.choices, widget=forms.RadioSelect
    )
    next_follow_up_on = DayField(
        label="Date of the next follow-up", required=False, help_text="Needed while the investigation goes on."
    )
    trial_title = forms.CharField(label="Title of the trial", max_length=500)
    trial_number = forms.CharField(label="EU CT number, or number of the authority", max_length=60)
    commercial = forms.ChoiceField(label="The trial is", choices=Commercial.choices, widget=forms.RadioSelect)
    in_procedure = forms.CharField(
        label="Regulatory procedure that uses the data", max_length=500,
        help_text="For example an application for marketing authorisation that is under way, or none.",
    )  # fmt: skip
    other_trials = forms.CharField(label="Other trials affected", max_length=500, help_text="Their numbers, or none.")
    site_contact = forms.CharField(label="Contact of the site", max_length=500, help_text="Is not published.")
    most_affected = forms.CharField(
        label="Member state most affected", max_length=200,
        help_text="The only one; or where it happened; or where most participants are; or the reporting one.",
    )  # fmt: skip
    requirement = text("Requirement breached", 3, source=_ANNEX, max_length=2000,
                       help_text="Section of the protocol, clause of GCP or of the law.")  # fmt: skip
    impact_participants = text("Impact on participants", 4, source=_ANNEX, max_length=4000)
    impact_data = text("Impact on the data", 4, source=_ANNEX, max_length=4000)
    actions_taken = text("Actions taken and planned", 4, source=_ANNEX, max_length=4000)
    root_cause = text("Root cause", 3, source=_ANNEX, max_length=4000, required=False)
    parties = text("Parties involved", 2, source=_ANNEX, max_length=2000, help_text="Is not published.")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.required and not field.widget.is_hidden and getattr(field, "source", "").startswith("your SOP"):
                field.source = _ANNEX


class SendForm(TypedStepForm):
    """What was sent, when, and which way; the sheet itself stands in the record."""

    sent_at = PastMomentField(label="Sent at", help_text="In your time zone, as the receipt says.")
    channel = forms.CharField(label="Sent by", max_length=200, help_text="CTIS, the portal of MHRA, a mail.")
    receipt = forms.CharField(
        label="Reference of the authority", max_length=200, required=False,
        help_text="It can be added with a follow-up.",
    )  # fmt: skip
    redaction_checked = forms.BooleanField(
        label="Nothing that identifies a participant, and nothing confidential, stands in what may be published"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sent_at"].source = self.fields["channel"].source = _ART
        self.fields["redaction_checked"].source = "EU 536/2014, Article 81(4)"


class FollowUpForm(SendForm, SheetForm):
    """The sheet brought up to date, and how it was sent."""


class QuestionForm(TypedStepForm):
    """What the authority asks."""

    authority_questions = text("Questions of the authority", 6, source=_ART)


class ReplyForm(TypedStepForm):
    """What was answered."""

    authority_answers = text("Answers", 6, source=_ART)


class CapaForm(TypedStepForm):
    """The CAPA that follows."""

    capa_reference = forms.CharField(
        label="Number of the CAPA", max_length=200,
        help_text="A CAPA of this portal is linked. Or say where it is kept, or why none is needed.",
    )  # fmt: skip


STEPS: dict[str, type[TypedStepForm]] = {
    "assess": AssessForm, "answer": AssessForm, "start_later": StartLaterForm, "draft": SheetForm,
    "redraft": SheetForm, "notify": SendForm, "follow_up": FollowUpForm, "finish": FollowUpForm,
    "question": QuestionForm, "reply": ReplyForm, "link_capa": CapaForm,
}  # fmt: skip
"""The form of each step that asks for something."""


class SheetPdfForm(forms.Form):
    """Which version of the sheet is wanted as a file."""

    version = forms.TypedChoiceField(label="Which version", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, versions: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = versions
