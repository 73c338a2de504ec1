"""Quality events as the API shows and takes them; a type adds its own fields."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.accounts.models import User
from cqms.api.serializers import (
    Input,
    PersonSerializer,
    RevisionInput,
    StepInput,
    StepSerializer,
    check_years,
    steps_of,
)
from cqms.attachments.services import attachments_of
from cqms.organizations.scope import today
from cqms.signatures.content import signatures_of
from documents.serializers import SignatureSerializer
from quality_events.presentation import words_of
from quality_events.privacy import A_SENTENCE, NO_IDENTITY, doubts_of
from quality_events.selectors import links_of, people_able, record_by_number, sites_of_everything
from quality_events.types import type_of
from studies.models import Site
from studies.serializers import MemberField, StudyField

RECORD = ("number", "title", "state", "study", "site", "owner", "reporter", "description", "revision")
EVENT = (*RECORD, "occurred_on", "discovered_on", "aware_at", "zone", "noticed_by")


class LinkSerializer(serializers.Serializer[Any]):
    """A link as seen from a record."""

    id = serializers.IntegerField(source="link.pk")
    number = serializers.SerializerMethodField()
    what = serializers.SerializerMethodField()
    why = serializers.CharField(source="link.why")
    outgoing = serializers.BooleanField(help_text="Whether it was made from this record.")

    def get_number(self, linked: Any) -> str:
        """The number of the other record."""
        return words_of(linked.other)[0]

    def get_what(self, linked: Any) -> str:
        """What the other record is."""
        return words_of(linked.other)[1]


class FileSerializer(serializers.Serializer[Any]):
    """A file of a record."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField(source="file.size", help_text="In bytes.")
    sha256 = serializers.CharField(source="file.sha256")


class RecordSerializer(serializers.ModelSerializer[Any]):
    """A record in a list. A type subclasses it with its model and fields."""

    owner = PersonSerializer(read_only=True)
    reporter = PersonSerializer(read_only=True)
    study = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)
    site = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)


class WholeRecord(serializers.Serializer[Any]):
    """Mixed into the serializer of one record: links, files, signatures, steps."""

    links = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()
    signatures = serializers.SerializerMethodField()
    allowed_steps = serializers.SerializerMethodField()

    @extend_schema_field(LinkSerializer(many=True))
    def get_links(self, record: Any) -> Any:
        """The links that hold, as far as you may see the other end."""
        return LinkSerializer(links_of(record, self.context["request"].user), many=True).data

    @extend_schema_field(FileSerializer(many=True))
    def get_files(self, record: Any) -> Any:
        """Photos and files."""
        return FileSerializer(attachments_of(record, self.context["request"].user), many=True).data

    @extend_schema_field(SignatureSerializer(many=True))
    def get_signatures(self, record: Any) -> Any:
        """Every signature, in the order of signing."""
        return SignatureSerializer(signatures_of(record), many=True, context={"record": record}).data

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, record: Any) -> Any:
        """The steps from its state."""
        return steps_of(type_of(record).workflow, record, self.context["request"].user)


WHOLE = ("links", "files", "signatures", "allowed_steps")


class CodesOnlyInput(Input):
    """What every request with sentences is: what may identify a participant is questioned, as in forms (C91).

    Words that stand in the record of the address already are not questioned again.
    """

    names_people: ClassVar[tuple[str, ...]] = ()

    no_identity = serializers.BooleanField(
        default=False, help_text="You looked: what seems to be a name, initials or a date of birth is none."
    )

    def to_internal_value(self, data: Any) -> Any:
        """Clean values, each text questioned. Raises ValidationError beside its field."""
        clean = super().to_internal_value(data)
        answered = clean.pop(NO_IDENTITY, False)
        record = getattr(self.context.get("view"), "viewed", None)
        found = doubts_of(clean, self.sentences(), lambda name: getattr(record, name, ""))
        if found and not answered:
            raise serializers.ValidationError(found)
        return clean

    def sentences(self) -> list[str]:
        """The fields that are read."""
        return [name for name, each in self.fields.items() if holds_sentences(each) and name not in self.names_people]


def holds_sentences(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    """Whether people write sentences in a field; what proves who signs is none."""
    is_text = isinstance(field, serializers.CharField) and not field.write_only
    return is_text and (field.max_length or 0) >= A_SENTENCE


class RecordInput(CodesOnlyInput):
    """A new record of any type."""

    title = serializers.CharField(max_length=250)
    description = serializers.CharField(max_length=8000)
    study = StudyField(allow_null=True, default=None)
    site = serializers.CharField(
        max_length=40, allow_null=True, default=None, help_text="The number of a site of the study."
    )
    owner = MemberField(required=False, help_text="By e-mail address; you, unless you name somebody.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The site belongs to the study. Raises ValidationError."""
        number = data.get("site")
        if number:
            study = data.get("study") or getattr(self.context.get("record"), "study", None)
            data["site"] = Site.objects.filter(study=study, number__iexact=number).first() if study else None
            if data["site"] is None:
                raise serializers.ValidationError({"site": ["There is no such site of the study."]})
        return data


class EventInput(RecordInput):
    """A new event."""

    occurred_on = serializers.DateField(allow_null=True, default=None)
    discovered_on = serializers.DateField(default=today)
    aware_at = serializers.DateTimeField(default=timezone.now)
    noticed_by = serializers.CharField(max_length=200, allow_blank=True, default="")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days are days that records can have. Raises ValidationError."""
        check_years(data)
        if data.get("aware_at") is not None:
            data["zone"] = self.context["request"].user.zone or "UTC"
        return super().validate(data)


class TypedStepInput(CodesOnlyInput, StepInput):
    """What a step of an event or of a part of it is sent."""


class AbleField(MemberField):
    """A member who can be asked to do something, by e-mail address."""

    unknown = "Nobody who contributes in this organization has this e-mail address."

    def people(self, address: str) -> QuerySet[User]:
        return people_able().filter(email=address)


class LinkInput(CodesOnlyInput):
    """What a record has to do with, and why: another event or document by number, a site, or a person."""

    number = serializers.CharField(
        max_length=40, allow_blank=True, default="", help_text="Of an event or document, for example `SOP-0140`."
    )
    study = StudyField(allow_null=True, default=None, help_text="That of the site.")
    site = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="The number of a site.")
    person = MemberField(allow_null=True, default=None, help_text="A member, by e-mail address.")
    why = serializers.CharField(max_length=500)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Exactly one other record, which exists for the reader; `other` holds it. Raises ValidationError."""
        given = [name for name in ("number", "site", "person") if data[name]]
        if len(given) != 1:
            raise serializers.ValidationError({"number": ["Name exactly one: a number, a site or a person."]})
        data["other"] = self._other(given[0], data)
        if data["other"] is None:
            raise serializers.ValidationError({given[0]: [_NOTHING[given[0]]]})
        return data

    def _other(self, name: str, data: dict[str, Any]) -> Any:
        reader = self.context["request"].user
        if name == "number":
            return record_by_number(data["number"], reader)
        if name == "person":
            return data["person"].memberships.first()
        return sites_of_everything(reader).filter(study=data["study"], number__iexact=data["site"]).first()


_NOTHING = {
    "number": "There is no event or document of this number, or it is not yours to see.",
    "site": "There is no such site of the study, or it is not yours to see.",
    "person": "Nobody in this organization has this e-mail address.",
}


class WithdrawInput(CodesOnlyInput):
    """Why something that was said does not hold."""

    reason = serializers.CharField(max_length=2000)


@extend_schema_field(OpenApiTypes.INT)
class RowField(serializers.Field[Any, int, Any, Any]):
    """A row by its `id`, among those that `rows` offers for the event of the address."""

    def __init__(self, rows: Callable[[Any], Iterable[Any]], unknown: str, **options: Any) -> None:
        """`unknown` is said for an id of nothing that is offered."""
        super().__init__(**options)
        self.rows, self.unknown = rows, unknown

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises ValidationError."""
        pk = serializers.IntegerField(min_value=1, max_value=2**63 - 1).run_validation(data)
        found = next((each for each in self.rows(self.context["view"].of) if each.pk == pk), None)
        if found is None:
            raise serializers.ValidationError(self.unknown)
        return found

    def to_representation(self, value: Any) -> int:
        return int(value.pk)


class EvidenceInput(CodesOnlyInput, RevisionInput):
    """The evidence that something was done."""

    evidence = serializers.CharField(
        max_length=1000,
        allow_blank=True,
        default="",
        help_text="Where it can be seen; may be blank where files were sent.",
    )


class ReasonInput(CodesOnlyInput, RevisionInput):
    """Mixed into a change: the reason, needed once the record is worked on."""

    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")


__all__ = [
    "EVENT", "RECORD", "WHOLE", "AbleField", "CodesOnlyInput", "EventInput", "EvidenceInput", "Input", "ReasonInput",
    "RecordInput", "RecordSerializer", "RowField", "StepInput", "TypedStepInput", "WholeRecord", "check_years",
]  # fmt: skip
