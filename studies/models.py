"""Studies and their sites, and the base of every record that belongs to a study."""

from functools import cache
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django_countries.data import COUNTRIES

from cqms.access.models import Grant
from cqms.accounts.models import User
from cqms.organizations.capabilities import anchor_permissions
from cqms.organizations.models import TrackedModel
from cqms.records.models import Record
from studies.numbers import check_number


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


class StudyStatus(models.TextChoices):
    """Where the study stands."""

    PLANNED = "planned", "Planned"
    START_UP = "start_up", "In start-up"
    RECRUITING = "recruiting", "Recruiting"
    FOLLOW_UP = "follow_up", "In follow-up"
    CLOSED = "closed", "Closed"
    STOPPED = "stopped", "Stopped early"


class Study(TrackedModel):
    """A clinical study as one organization runs or oversees it. `number` is the protocol number people use."""

    number = models.CharField("study number", max_length=40, validators=[check_number])
    title = models.CharField("title", max_length=250)
    phase = models.CharField("phase", max_length=10, choices=Phase.choices)
    status = models.CharField("status", max_length=20, choices=StudyStatus.choices, default=StudyStatus.PLANNED)
    sponsor = models.CharField("sponsor", max_length=200)
    countries = ArrayField(country_field("country"), verbose_name="countries", default=list)
    manager = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="study manager")

    controlled_fields: ClassVar[tuple[str, ...]] = ("number", "phase", "status", "sponsor", "manager")

    class Meta(TrackedModel.Meta):
        verbose_name = "study"
        verbose_name_plural = "studies"
        permissions = anchor_permissions()
        constraints = [models.UniqueConstraint("organization", Lower("number"), name="study_number_once")]

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
    name = models.CharField("name", max_length=200)
    country = country_field("country")
    status = models.CharField("status", max_length=20, choices=SiteStatus.choices, default=SiteStatus.PLANNED)

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


class StudyRecord(Record):
    """A record that belongs to one study, or, without a study, to the whole organization."""

    study = models.ForeignKey(
        Study, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="study"
    )

    class Meta(Record.Meta):
        abstract = True

    def anchors(self) -> dict[str, int]:
        return {STUDY: self.study_id} if self.study_id else {}  # type: ignore[attr-defined]  # the column of `study`
