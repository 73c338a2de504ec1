"""Redactions as the API shows and takes them."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.access.policies import exists_for
from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.api.serializers import Input, KnownPersonField, PersonSerializer, StepSerializer, steps_of
from cqms.organizations.capabilities import Capability
from cqms.redactions.models import Redaction, RedactionState
from cqms.redactions.policies import may_read_words
from cqms.redactions.selectors import words_of
from cqms.redactions.services import LONGEST, MOST, SHORTEST
from cqms.redactions.workflow import REDACTION
from cqms.ui.story import models_by_kind


class ApproverField(KnownPersonField):
    """A person who decides for quality assurance, by e-mail address."""

    unknown = "Nobody who decides for quality assurance has this e-mail address."

    def people(self, address: str) -> Sequence[User]:
        return people_with(Capability.ASSURE, anywhere=True)


@extend_schema_field(OpenApiTypes.STR)
class RecordField(serializers.Field[Any, str, Any, Any]):
    """A record by kind and id, as in `studies.study:12`."""

    def to_internal_value(self, data: Any) -> Any:
        """The record. Raises ValidationError where it does not exist for the reader."""
        kind, _, pk = serializers.CharField(max_length=90).run_validation(data).partition(":")
        model = models_by_kind().get(kind)
        found = None
        if model is not None and pk.isdecimal() and len(pk) < len(str(2**63)):
            found = model._default_manager.filter(pk=int(pk)).first()
        if found is None or not exists_for(self.context["request"].user, found.subject()):
            raise serializers.ValidationError("There is no such record.")
        return found


class ExportBeforeSerializer(serializers.Serializer[Any]):
    """An export that was made before, and who has it."""

    number = serializers.CharField()
    by = serializers.CharField(help_text="Who made it.")
    at = serializers.CharField(help_text="When, in UTC.")
    taken = serializers.ListField(child=serializers.CharField(), help_text="Who downloaded it.")


class RedactionSerializer(serializers.ModelSerializer[Redaction]):
    """A redaction in a list."""

    state = serializers.ChoiceField(choices=RedactionState.choices, read_only=True)
    owner = PersonSerializer(read_only=True, help_text="Who asked for it.")
    approver = PersonSerializer(read_only=True, help_text="Who was asked to approve it.")
    approved_by = PersonSerializer(read_only=True, allow_null=True)
    files = serializers.ListField(child=serializers.CharField(), help_text="SHA-256 of the files taken away.")
    found = serializers.DictField(child=serializers.IntegerField(), help_text="Rows with the words, by kind.")

    class Meta:
        model = Redaction
        fields: tuple[str, ...] = (
            "number", "title", "state", "record_kind", "record_id", "record_label", "what", "why", "files", "found",
            "owner", "approver", "approved_by", "redacted_at", "revision",
        )  # fmt: skip


class RedactionDetailSerializer(RedactionSerializer):
    """One redaction with the words while it is open, the exports made before, and its steps."""

    words = serializers.SerializerMethodField(help_text="Until it is decided, for who asked and who may approve.")
    exports = ExportBeforeSerializer(many=True, read_only=True)
    allowed_steps = serializers.SerializerMethodField()

    class Meta(RedactionSerializer.Meta):
        fields = (*RedactionSerializer.Meta.fields, "words", "exports", "allowed_steps")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_words(self, redaction: Redaction) -> list[str]:
        """The words, for who may read them."""
        return words_of(redaction) if may_read_words(self.context["request"].user, redaction) else []

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, redaction: Redaction) -> Any:
        """The steps from the present state."""
        return steps_of(REDACTION, redaction, self.context["request"].user)


class RedactionInput(Input):
    """A redaction to prepare."""

    record = RecordField(help_text="Kind and id, for example `studies.study:12`.")
    words = serializers.ListField(
        child=serializers.CharField(min_length=SHORTEST, max_length=LONGEST), default=list, max_length=MOST,
        help_text="What has to go, exactly as it stands there.",
    )  # fmt: skip
    files = serializers.ListField(
        child=serializers.CharField(max_length=64), default=list, max_length=MOST,
        help_text="SHA-256 of files of the record that have to go.",
    )  # fmt: skip
    what = serializers.CharField(max_length=200, help_text="The kind of data, without repeating it.")
    why = serializers.CharField(max_length=4000)
    approver = ApproverField(help_text="Who is asked to approve it, by e-mail address.")
