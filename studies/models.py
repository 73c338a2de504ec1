"""Studies and their sites, and the base of every record that belongs to a study."""

from functools import cache
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django_countries.data import COUNTRIES

from cqms.access.models import Grant
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.capabilities import anchor_permissions
from cqms.organizations.models import ClosedFields, TrackedModel
from cqms.records.models import Record
from studies.numbers import check_number
from studies.partial_dates import check_partial_date


@cache
def country_names() -> dict[str, str]:
    """The English name of every country by its ISO 3166-1 alpha-2 code, in the order of names."""
    return dict(sorted(((code, str(name)) for code, name in COUNTRIES.items()), key=lambda pair: pair[1]))


def country_choices() -> list[tuple[str, str]]:
    """Every country as (code, name)."""
    return list(country_names().items())


def country_field(name: str) -> Any:
    """A field of one country, stored as its code and read by its name."""
    wrong = {"invalid_choice": "“%(value)s” is not a country code of ISO 3166-1."}
    return models.CharField(name, max_length=2, choices=country_choices, error_messages=wrong)


class Phase(models.TextChoices):
    """The phase of development, as registers name it."""

    EARLY_1 = "early_1", "Early phase 1"
    PHASE_1 = "1", "Phase 1"
    PHASE_1_2 = "1_2", "Phase 1/2"
    PHASE_2 = "2", "Phase 2"
    PHASE_2_3 = "2_3", "Phase 2/3"
    PHASE_3 = "3", "Phase 3"
    PHASE_4 = "4", "Phase 4"
    NOT_APPLICABLE = "none", "Not applicable"


class StudyType(models.TextChoices):
    """Whether the study decides what its participants receive."""

    INTERVENTIONAL = "interventional", "Interventional"
    OBSERVATIONAL = "observational", "Observational"
    EXPANDED_ACCESS = "expanded_access", "Expanded access"


class StudyStatus(models.TextChoices):
    """Where the study stands."""

    PLANNED = "planned", "Planned"
    START_UP = "start_up", "In start-up"
    RECRUITING = "recruiting", "Recruiting"
    FOLLOW_UP = "follow_up", "In follow-up"
    CLOSED = "closed", "Closed"
    STOPPED = "stopped", "Stopped early"


class Study(ClosedFields):
    """A clinical study as one organization runs or oversees it. `number` is the protocol number people use."""

    number = models.CharField("study number", max_length=40, validators=[check_number])
    title = models.CharField("title", max_length=300)
    full_title = models.CharField("full title", max_length=1000, blank=True)
    kind = models.CharField("type", max_length=20, choices=StudyType.choices, default=StudyType.INTERVENTIONAL)
    phase = models.CharField("phase", max_length=10, choices=Phase.choices)
    status = models.CharField("status", max_length=20, choices=StudyStatus.choices, default=StudyStatus.PLANNED)
    sponsor = models.CharField("sponsor", max_length=300)
    indication = models.CharField("indication", max_length=500, blank=True)
    registry_id = models.CharField("register number", max_length=40, blank=True)
    planned_participants = models.PositiveIntegerField("planned participants", null=True, blank=True)
    countries = ArrayField(country_field("country"), verbose_name="countries", default=list)
    manager = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="study manager")
    randomisation = models.TextField("randomisation scheme", max_length=8000, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = ("number", "phase", "status", "sponsor", "manager", "randomisation")
    field_lanes: ClassVar[dict[str, str]] = {"randomisation": Lane.UNBLINDED}

    class Meta(TrackedModel.Meta):
        verbose_name = "study"
        verbose_name_plural = "studies"
        permissions = anchor_permissions()
        constraints = [
            models.UniqueConstraint("organization", Lower("number"), name="study_number_once"),
            models.UniqueConstraint(
                "organization", "registry_id", condition=~models.Q(registry_id=""), name="study_registry_id_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def countries_in_words(self) -> str:
        """The names of the countries, in the order of names."""
        return ", ".join(sorted(country_names()[code] for code in self.countries))

    def anchors(self) -> dict[str, int]:
        return {STUDY: self.pk} if self.pk else {}


STUDY = "studies.study"


class StudyGrant(Grant):
    """A capability in one study, derived from role assignments."""

    content_object = models.ForeignKey(Study, on_delete=models.CASCADE)

    class Meta(Grant.Meta):
        pass


class SiteStatus(models.TextChoices):
    """Where a site stands."""

    PLANNED = "planned", "Planned"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    WITHDRAWN = "withdrawn", "Withdrawn, never opened"


class Site(TrackedModel):
    """A place where a study is conducted."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sites", verbose_name="study")
    number = models.CharField("site number", max_length=40, validators=[check_number])
    name = models.CharField("name", max_length=400)
    country = country_field("country")
    investigator = models.CharField("principal investigator", max_length=200, blank=True)
    status = models.CharField("status", max_length=20, choices=SiteStatus.choices, default=SiteStatus.PLANNED)
    opened_on = models.DateField("opened on", null=True, blank=True)
    closed_on = models.DateField("closed on", null=True, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = ("number", "country", "status")

    class Meta(TrackedModel.Meta):
        verbose_name = "site"
        constraints = [models.UniqueConstraint("organization", "study", Lower("number"), name="site_number_once")]

    def __str__(self) -> str:
        return f"{self.study.number} site {self.number} {self.name}"

    def subject(self) -> TrackedModel:
        return self.study

    def anchors(self) -> dict[str, int]:
        return {STUDY: self.study_id}


class PartOfStudy(TrackedModel):
    """A row that is told on the page of its study."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+", verbose_name="study")

    class Meta(TrackedModel.Meta):
        abstract = True

    def subject(self) -> TrackedModel:
        return self.study

    def anchors(self) -> dict[str, int]:
        return {STUDY: self.study_id}


class MilestoneKind(models.TextChoices):
    """The moments by which a study is planned, in the order in which they usually come."""

    PROTOCOL_FINAL = "protocol_final", "Protocol final"
    AUTHORISED = "authorised", "First authorisation"
    FIRST_SITE = "first_site", "First site open"
    FIRST_PARTICIPANT = "first_participant", "First participant in"
    LAST_PARTICIPANT = "last_participant", "Last participant in"
    PRIMARY_COMPLETION = "primary_completion", "Primary completion"
    LAST_VISIT = "last_visit", "Last visit of the last participant"
    DATABASE_LOCK = "database_lock", "Database lock"
    REPORT = "report", "Clinical study report"
    ARCHIVED = "archived", "Archived"


def partial_date_field(name: str) -> Any:
    """A field for a date, a month or a year, see `partial_dates`."""
    return models.CharField(name, max_length=10, blank=True, validators=[check_partial_date])


class Milestone(PartOfStudy):
    """When a moment of a study is planned, and when it came. What was planned stays beside what came."""

    kind = models.CharField("milestone", max_length=30, choices=MilestoneKind.choices)
    planned_on = partial_date_field("planned")
    actual_on = partial_date_field("actual")

    class Meta(PartOfStudy.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "study", "kind"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.study.number} {self.get_kind_display().lower()}"


class ProtocolVersion(PartOfStudy):
    """A version of the protocol: deviations are judged by the one in force when they happened."""

    label = models.CharField("version", max_length=40, validators=[check_number])
    dated_on = models.DateField("dated")
    in_force_from = models.DateField("in force from", null=True, blank=True)
    summary = models.TextField("what changed", max_length=4000, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = ("label", "dated_on", "in_force_from")

    class Meta(PartOfStudy.Meta):
        verbose_name = "protocol version"
        constraints = [models.UniqueConstraint("organization", "study", Lower("label"), name="protocol_version_once")]

    def __str__(self) -> str:
        return f"{self.study.number} protocol version {self.label}"


class Participants(PartOfStudy):
    """How many participants a site screened and enrolled in one month; rates and funnels are drawn from it."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="participants", verbose_name="site")
    month = models.DateField("month")
    screened = models.PositiveIntegerField("screened")
    enrolled = models.PositiveIntegerField("enrolled")

    controlled_fields: ClassVar[tuple[str, ...]] = ("screened", "enrolled")

    class Meta(PartOfStudy.Meta):
        verbose_name = "number of participants"
        verbose_name_plural = "numbers of participants"
        constraints = [
            models.UniqueConstraint(fields=["organization", "site", "month"], name="participants_once_a_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="participants_month_begins"),
        ]
        indexes = [models.Index(fields=["organization", "study", "month"], name="participants_of_study")]

    def __str__(self) -> str:
        return f"Participants of site {self.site.number} in {self.month:%B %Y}"


class StudyRecord(Record):
    """A record that belongs to one study, or, without a study, to the whole organization."""

    study = models.ForeignKey(
        Study, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="study"
    )

    class Meta(Record.Meta):
        abstract = True

    def anchors(self) -> dict[str, int]:
        return {STUDY: self.study_id} if self.study_id else {}
