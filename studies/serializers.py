"""Studies and sites as the API shows and takes them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.accounts.models import User
from cqms.api.serializers import Input, KnownPersonField, PersonSerializer, RevisionInput
from studies.models import Phase, Site, SiteStatus, Study, StudyStatus, StudyType, country_choices
from studies.numbers import check_number
from studies.selectors import Enrolment, enrolment_by_site, members, studies_for


class MemberField(KnownPersonField):
    """A member of the organization by e-mail address."""

    unknown = "Nobody in this organization has this e-mail address."

    def people(self, address: str) -> QuerySet[User]:
        return members().filter(email=address)


@extend_schema_field(OpenApiTypes.STR)
class StudyField(serializers.Field[Study, str, Any, Any]):
    """A study that the reader may see, by number."""

    def to_internal_value(self, data: Any) -> Study:
        """The study. Raises ValidationError when there is none of this number for the reader."""
        number = serializers.CharField(max_length=40).run_validation(data)
        study = studies_for(self.context["request"].user).filter(number=number).first()
        if study is None:
            raise serializers.ValidationError("There is no such study, or it is not yours to see.")
        return study


class StudySerializer(serializers.ModelSerializer[Study]):
    """A study."""

    manager = PersonSerializer()

    class Meta:
        model = Study
        fields = (
            "number", "title", "full_title", "registry_id", "kind", "phase", "status", "sponsor", "indication",
            "planned_participants", "countries", "manager", "revision",
        )  # fmt: skip


class StudyDetailSerializer(StudySerializer):
    """One study with its participants so far, at the sites that you see."""

    screened = serializers.SerializerMethodField(help_text="Participants so far, at the sites that you see.")
    enrolled = serializers.SerializerMethodField(help_text="Participants so far, at the sites that you see.")

    class Meta(StudySerializer.Meta):
        fields = (*StudySerializer.Meta.fields, "screened", "enrolled")

    def get_screened(self, study: Study) -> int:
        """How many were screened."""
        return self._so_far(study).screened

    def get_enrolled(self, study: Study) -> int:
        """How many were enrolled."""
        return self._so_far(study).enrolled

    def _so_far(self, study: Study) -> Enrolment:
        """Both, asked once."""
        if not hasattr(self, "_found"):
            self._found = sum(enrolment_by_site(self.context["request"].user, study).values(), Enrolment())
        return self._found


class StudyInput(Input):
    """A new study."""

    number = serializers.CharField(max_length=40, validators=[check_number])
    title = serializers.CharField(max_length=300)
    full_title = serializers.CharField(max_length=1000, allow_blank=True, default="")
    registry_id = serializers.CharField(max_length=40, allow_blank=True, default="")
    kind = serializers.ChoiceField(StudyType.choices, default=StudyType.INTERVENTIONAL)
    phase = serializers.ChoiceField(Phase.choices)
    status = serializers.ChoiceField(StudyStatus.choices, default=StudyStatus.PLANNED)
    sponsor = serializers.CharField(max_length=300)
    indication = serializers.CharField(max_length=500, allow_blank=True, default="")
    planned_participants = serializers.IntegerField(min_value=0, max_value=10_000_000, allow_null=True, default=None)
    countries = serializers.ListField(child=serializers.ChoiceField(country_choices()), min_length=1)
    manager = MemberField(help_text="Receives the role study manager at this study.")


class StudyChange(RevisionInput, StudyInput):
    """Fields of a study to change; number, phase, status, sponsor and manager need a reason."""

    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")


class SiteSerializer(serializers.ModelSerializer[Site]):
    """A site of a study."""

    class Meta:
        model = Site
        fields = ("number", "name", "country", "investigator", "status", "opened_on", "closed_on", "revision")


class SiteInput(Input):
    """A new site."""

    number = serializers.CharField(max_length=40, validators=[check_number])
    name = serializers.CharField(max_length=400)
    country = serializers.ChoiceField(country_choices())
    investigator = serializers.CharField(max_length=200, allow_blank=True, default="")
    status = serializers.ChoiceField(SiteStatus.choices, default=SiteStatus.PLANNED)
    opened_on = serializers.DateField(allow_null=True, default=None)
    closed_on = serializers.DateField(allow_null=True, default=None)


class SiteChange(RevisionInput, SiteInput):
    """Fields of a site to change; number, country and status need a reason."""

    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")
