"""Milestones, protocol versions, participants and randomisation of a study, as the API shows and takes them."""

import datetime as dt
import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.api.serializers import Input, RevisionInput, check_years
from studies.models import Milestone, Participants, ProtocolVersion, Study
from studies.numbers import check_number
from studies.partial_dates import check_partial_date

_MOST = 1_000_000
_MONTH = re.compile(r"(?:19|2[01])\d\d-(?:0[1-9]|1[0-2])")


@extend_schema_field({"type": "string", "pattern": f"^{_MONTH.pattern}$", "example": "2026-09"})
class MonthField(serializers.Field[dt.date, str, str, Any]):
    """A month as 2026-09."""

    def to_internal_value(self, data: Any) -> dt.date:
        """Its first day. Raises ValidationError."""
        if not isinstance(data, str) or not _MONTH.fullmatch(data):
            raise serializers.ValidationError("Write the month as 2026-09.")
        return dt.date.fromisoformat(f"{data}-01")

    def to_representation(self, value: dt.date) -> str:
        return f"{value:%Y-%m}"


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    """When a milestone is planned and when it came, as far as it is known: a day, a month or a year."""

    class Meta:
        model = Milestone
        fields = ("kind", "planned_on", "actual_on", "revision")


class MilestoneInput(RevisionInput):
    """Both dates of a milestone."""

    planned_on = serializers.CharField(
        max_length=10, allow_blank=True, validators=[check_partial_date], help_text="As 2026-09-21, 2026-09 or 2026."
    )
    actual_on = serializers.CharField(max_length=10, allow_blank=True, validators=[check_partial_date])
    reason = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="Needed where a date was set before."
    )


class ProtocolSerializer(serializers.ModelSerializer[ProtocolVersion]):
    """A version of the protocol."""

    class Meta:
        model = ProtocolVersion
        fields = ("label", "dated_on", "in_force_from", "summary", "revision")


class ProtocolInput(Input):
    """A version of the protocol."""

    label = serializers.CharField(max_length=40, validators=[check_number])
    dated_on = serializers.DateField()
    in_force_from = serializers.DateField(allow_null=True, default=None)
    summary = serializers.CharField(max_length=4000, allow_blank=True, default="")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days that records can have. Raises ValidationError."""
        check_years(data)
        return data


class ProtocolChange(RevisionInput, ProtocolInput):
    """Fields of a version of the protocol to change."""

    reason = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="Needed for label and days."
    )


class ParticipantsSerializer(serializers.ModelSerializer[Participants]):
    """Participants of one site in one month."""

    site = serializers.SlugRelatedField(slug_field="number", read_only=True)
    month = MonthField(read_only=True)

    class Meta:
        model = Participants
        fields = ("site", "month", "screened", "enrolled", "revision")


class CountInput(RevisionInput):
    """What is noted for one site; the revision is left out where nothing was noted before."""

    site = serializers.CharField(max_length=40, help_text="The number of a site of the study.")
    screened = serializers.IntegerField(min_value=0, max_value=_MOST)
    enrolled = serializers.IntegerField(min_value=0, max_value=_MOST)


class ParticipantsInput(Input):
    """What is noted for some sites in one month: all of it or nothing."""

    month = MonthField()
    counts = CountInput(many=True, allow_empty=False, max_length=2000)
    reason = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="Needed where a number was noted before."
    )


class NotedSerializer(serializers.Serializer[Any]):
    """What came of noting."""

    changed = serializers.IntegerField(help_text="How many numbers are new or different.")


class AllocationSerializer(serializers.ModelSerializer[Study]):
    """How participants are randomised; its revision is its own, not that of the study."""

    allocation = serializers.CharField(source="randomisation", read_only=True, help_text="Arms, ratio, blocks, strata.")
    revision = serializers.IntegerField(source="closed_revision", read_only=True)

    class Meta:
        model = Study
        fields = ("allocation", "revision")


class AllocationInput(RevisionInput):
    """Another scheme."""

    allocation = serializers.CharField(max_length=8000)
    reason = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="Needed where a scheme was set before."
    )
