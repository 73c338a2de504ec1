"""Pages of taking over a record: choose the file, look at what it says, start."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property

from cqms.attachments.models import StoredFile
from cqms.jobs.services import enqueue
from cqms.ui.components import Facts, Table
from cqms.ui.items import Crumb, Head
from cqms.ui.views import FormPage
from studies import policies
from studies.models import MilestoneKind, Phase, SiteStatus, Study, StudyStatus, StudyType, country_names
from studies.partial_dates import in_words
from studies.registry import forms, services
from studies.registry.comparing import Difference, differences, unmatched
from studies.registry.reading import RegisteredStudy, UnusableRecord
from studies.selectors import is_number_taken, sites_of, studies_for


class RecordFile(FormPage):
    """Choose the file of a record."""

    title = "Study from a register"
    rail = "studies"
    form_class = forms.RecordFileForm
    submit = "Show what it says"
    lede = "Nothing is created yet: the next page shows what would be. The file stays with the study as evidence."
    autosave = False

    def get_record(self) -> None:
        policies.may_open_studies.demand(self.request.user)

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Studies", reverse("studies:list")), Crumb(self.title)]

    @property
    def cancel_url(self) -> str:
        """The list."""
        return reverse("studies:list")

    def save(self, form: forms.RecordFileForm, record: None) -> str:
        file = form.cleaned_data["file"]
        try:
            stored = services.keep_record(file.read(), name=file.name, actor=self.request.user)
        except UnusableRecord as error:
            raise ValidationError({"file": str(error)}) from None
        return reverse("studies:register_preview", kwargs={"sha256": stored.sha256})


class RecordPreview(RecordFile):
    """What a record says: a study that would be opened, or the differences from the one that is known."""

    template_name = "studies/register.html"

    def get_title(self) -> str:
        return f"{self.found.registry_id} {self.found.title}"

    def crumbs(self) -> Sequence[Crumb]:
        return [*super().crumbs()[:-1], Crumb("From a register", self.cancel_url), Crumb(self.found.registry_id)]

    @property
    def cancel_url(self) -> str:
        """Another file."""
        return reverse("studies:register")

    @cached_property
    def stored(self) -> StoredFile:
        """The file of the address. Raises Http404."""
        found = StoredFile.objects.filter(sha256=self.kwargs["sha256"]).first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def found(self) -> RegisteredStudy:
        """The study of the file. Raises Http404 for a file that is no record."""
        policies.may_open_studies.demand(self.request.user)
        try:
            return services.record_in(self.stored)
        except UnusableRecord:
            raise Http404 from None

    @cached_property
    def known(self) -> Study | None:
        """The study here that has this register number, if the reader may see one."""
        return studies_for(self.request.user).filter(registry_id=self.found.registry_id).first()

    @cached_property
    def differences(self) -> list[Difference]:
        """What the record says differently."""
        return differences(self.known, self.found) if self.known else []

    def get_record(self) -> None:
        self.found  # noqa: B018 - raises for who may not, and for what is none
        if self.known:
            policies.may_change.demand(self.request.user, self.known)

    @property
    def form_class(self) -> type[django_forms.Form]:  # type: ignore[override]
        """By whether the study is known here."""
        return forms.DifferencesForm if self.known else forms.NewStudyForm

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"found": self.differences} if self.known else {}

    def initial(self, record: None) -> dict[str, Any]:
        return {"keys": [each.key for each in self.differences]} if self.known else {"number": self.found.number}

    def around(self, form: Any, record: None) -> Mapping[str, Any]:
        sites = list(sites_of(self.known)) if self.known else []
        return {
            **super().around(form, record),
            "known": self.known,
            "same": bool(self.known and not self.differences),
            "facts": Facts(_facts(self.found)),
            "sites": _sites(self.found) if self.found.sites else None,
            "remarks": self.found.remarks,
            "taken": not self.known and is_number_taken(self.found.number),
            "unmatched": [site.number for site in unmatched(self.found, sites)],
            "submit": self.submit_words(),
        }

    def submit_words(self) -> str:
        """What the button says."""
        return "Take over what is ticked" if self.known else f"Open the study with {len(self.found.sites)} sites"

    def save(self, form: Any, record: None) -> str:
        clean, actor = form.cleaned_data, self.request.user
        if self.known:
            job = enqueue(
                services.TAKE_OVER, actor=actor, label=f"{self.known.number}: what the register says",
                sha256=self.stored.sha256, study=self.known.pk, keys=clean["keys"], reason=clean["reason"],
            )  # fmt: skip
        else:
            if is_number_taken(clean["number"]):
                raise ValidationError({"number": f"There is a study {clean['number']} already. Give another number."})
            job = enqueue(
                services.CREATE, actor=actor, label=f"Opening the study {clean['number']} from the register",
                sha256=self.stored.sha256, number=clean["number"], manager=clean["manager"].pk,
            )  # fmt: skip
        return reverse("portal:job", kwargs={"key": job.pk})


def _facts(found: RegisteredStudy) -> list[tuple[str, object]]:
    dates = [
        (f"{MilestoneKind(kind).label}, {'actual' if actual else 'planned'}", in_words(actual or planned))
        for kind, (planned, actual) in found.milestones.items()
    ]
    countries = ", ".join(sorted(country_names()[code] for code in found.countries))
    return [
        ("Full title", found.full_title),
        ("Sponsor", found.sponsor),
        ("Type", StudyType(found.kind).label),
        ("Phase", Phase(found.phase).label),
        ("Status", StudyStatus(found.status).label),
        ("Indication", found.indication),
        ("Planned participants", found.planned_participants),
        ("Countries", f"{len(found.countries)}: {countries}" if countries else ""),
        *dates,
    ]


def _sites(found: RegisteredStudy) -> Table:
    heads = [Head("Name", "lead"), Head("Country"), Head("Investigator"), Head("Status")]
    rows = [
        [site.name, country_names()[site.country], site.investigator, SiteStatus(site.status).label]
        for site in found.sites
    ]
    return Table(heads, rows, f"Sites of {found.registry_id}")
