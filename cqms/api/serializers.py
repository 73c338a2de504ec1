"""Shapes that all records share in the API: people, the steps one may take, and what a step is sent."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.access.reach import known_to
from cqms.accounts.models import User
from cqms.signatures.models import BINDING_STATEMENT
from cqms.signatures.services import Credentials
from cqms.workflow.engine import Option, Workflow

_YEARS = range(1900, 2200)


def check_years(data: dict[str, Any]) -> None:
    """Days and moments are such that records can have them. Raises ValidationError beside the field."""
    for name, value in data.items():
        if isinstance(value, dt.date) and value.year not in _YEARS:
            noun = "moment" if isinstance(value, dt.datetime) else "day"
            raise serializers.ValidationError({name: [f"Check the year of this {noun}."]})


class Input(serializers.Serializer[Any]):
    """What a client sends. A name that is not known here is refused, so that a slip of the pen is not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Clean values. Raises ValidationError per field."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError({name: ["There is no such field here."] for name in unknown})
        return super().to_internal_value(data)


class RevisionInput(Input):
    """A change of a record: it names the revision it was made on, here or as `If-Match`."""

    revision = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="The revision you saw; or send it as If-Match."
    )


class PersonSerializer(serializers.Serializer[User]):
    """A person by printed name and e-mail address."""

    name = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)


@extend_schema_field(OpenApiTypes.EMAIL)
class KnownPersonField(serializers.Field[User, str, Any, Any]):
    """A person by e-mail address, among those that whoever asks may know of. Define `people` and `unknown`."""

    unknown = ""

    def people(self, address: str) -> Iterable[User]:
        """Whom the field may name, whoever asks; those with other addresses may be left out."""
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> User:
        """The person. Raises ValidationError for an address of nobody, as for one of somebody they may not know of."""
        address = serializers.EmailField().run_validation(data).lower()
        named = [person for person in self.people(address) if person.email == address]
        known = known_to(self.context["request"].user, named)
        if not known:
            raise serializers.ValidationError(self.unknown)
        return known[0]


class StepSerializer(serializers.Serializer[Option]):
    """A step from the present state of a record, as this person may or may not take it now."""

    key = serializers.CharField(source="step.key")
    label = serializers.CharField(source="step.label")
    consequence = serializers.CharField(source="step.consequence")
    possible = serializers.BooleanField()
    why_not = serializers.CharField(allow_blank=True, help_text="Empty when possible.")
    signed = serializers.SerializerMethodField(help_text="Whether the step needs e-mail and password.")
    reason_needed = serializers.BooleanField(source="step.reason")

    def get_signed(self, option: Option) -> bool:
        """Whether it is signed."""
        return option.step.signature is not None


class StepInput(RevisionInput):
    """What a step is sent. Over the API a signature always takes both components (21 CFR 11.200(a)(1))."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    email = serializers.CharField(required=False, allow_blank=True, default="", max_length=254, write_only=True)
    password = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=1000, trim_whitespace=False, write_only=True
    )
    code = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=10, write_only=True,
        help_text="Of your authenticator app, where the organization demands a second factor for signing.",
    )  # fmt: skip
    accepts_binding = serializers.BooleanField(
        required=False, default=False, help_text=f"Needed once: “{BINDING_STATEMENT}”"
    )


def credentials_of(data: dict[str, Any]) -> Credentials | None:
    """What was sent to sign; None when no password came along."""
    if not data["password"]:
        return None
    return Credentials(
        data["password"], data["email"], both=True, accepts_binding=data["accepts_binding"], code=data["code"]
    )


def steps_of(workflow: Workflow, record: Any, person: User) -> Any:
    """`allowed_steps` of a record: every step from its state, each possible or with the reason why not."""
    return StepSerializer(workflow.available(record, person), many=True).data
