"""Documents, versions and reviews as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.api.serializers import Input, PersonSerializer, RevisionInput, StepInput, StepSerializer, steps_of
from cqms.signatures.content import Difference, signatures_of, verify
from cqms.signatures.models import Signature
from documents.models import Capacity, Document, DocumentType, PeriodicReview, TrainingImpact, Verdict, Version
from documents.selectors import participants
from documents.workflow import PERIODIC_REVIEW, VERSION
from studies.serializers import MemberField, StudyField


class DifferenceSerializer(serializers.Serializer[Difference]):
    """A signed field or file that is not any more what was signed."""

    label = serializers.CharField()
    signed = serializers.CharField()
    now = serializers.CharField()


class SignatureSerializer(serializers.ModelSerializer[Signature]):
    """A signature, and whether the record is still exactly what was signed."""

    holds = serializers.SerializerMethodField()
    damaged = serializers.SerializerMethodField(help_text="The signature itself was altered.")
    differences = serializers.SerializerMethodField(help_text="What changed since it was signed.")

    class Meta:
        model = Signature
        fields = (
            "signer_name", "meaning", "statement", "capacity", "reason", "signed_at", "zone", "method", "revision",
            "content_hash", "holds", "damaged", "differences",
        )  # fmt: skip

    def get_holds(self, signature: Signature) -> bool:
        """False when something that was signed differs now."""
        return verify(signature, self.context["record"]).holds

    def get_damaged(self, signature: Signature) -> bool:
        """True when the signature itself was altered."""
        return verify(signature, self.context["record"]).damaged

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, signature: Signature) -> Any:
        """Each signed field or file that differs now."""
        return DifferenceSerializer(verify(signature, self.context["record"]).differences, many=True).data


class VersionRowSerializer(serializers.ModelSerializer[Version]):
    """A version in a list."""

    label = serializers.CharField(read_only=True, help_text="major.minor")
    author = PersonSerializer(read_only=True)

    class Meta:
        model = Version
        fields: tuple[str, ...] = (
            "label", "state", "title", "author", "effective_on", "effective_at", "ended_at", "next_review_on",
            "revision",
        )  # fmt: skip


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A document with the states of its versions."""

    owner = PersonSerializer(read_only=True)
    study = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)
    versions = serializers.SerializerMethodField(help_text="Oldest first.")

    class Meta:
        model = Document
        fields = ("number", "type", "title", "owner", "department", "study", "versions", "revision")

    @extend_schema_field(VersionRowSerializer(many=True))
    def get_versions(self, document: Document) -> Any:
        """Its versions."""
        ordered = sorted(document.versions.all(), key=lambda version: (version.major, version.minor))
        return VersionRowSerializer(ordered, many=True).data


class VersionSerializer(VersionRowSerializer):
    """A version in full, with its signatures and what you may do with it."""

    document = serializers.SlugRelatedField(slug_field="number", read_only=True)
    reviewers = serializers.SerializerMethodField()
    function_leads = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField(help_text="SHA-256 of `source` and `rendition`, where they exist.")
    signatures = serializers.SerializerMethodField()
    allowed_steps = serializers.SerializerMethodField()

    class Meta:
        model = Version
        fields = (
            "document", *VersionRowSerializer.Meta.fields, "change_summary", "change_reason", "training_impact",
            "audience", "regulations", "markdown", "source_name", "files", "reviewers", "function_leads", "signatures",
            "allowed_steps",
        )  # fmt: skip

    def get_files(self, version: Version) -> dict[str, str]:
        """The hashes that signatures cover."""
        return version.signed_files()

    @extend_schema_field(PersonSerializer(many=True))
    def get_reviewers(self, version: Version) -> Any:
        """Who is named to review."""
        return _people(version, Capacity.REVIEWER)

    @extend_schema_field(PersonSerializer(many=True))
    def get_function_leads(self, version: Version) -> Any:
        """Who is named to approve for a function."""
        return _people(version, Capacity.FUNCTION_LEAD)

    @extend_schema_field(SignatureSerializer(many=True))
    def get_signatures(self, version: Version) -> Any:
        """Every signature, in the order of signing."""
        return SignatureSerializer(signatures_of(version), many=True, context={"record": version}).data

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, version: Version) -> Any:
        """The steps from its state."""
        return steps_of(VERSION, version, self.context["request"].user)


class ReviewRowSerializer(serializers.ModelSerializer[PeriodicReview]):
    """A periodic review in a list."""

    id = serializers.IntegerField(read_only=True)
    version = serializers.CharField(source="version.label", read_only=True)

    class Meta:
        model = PeriodicReview
        fields: tuple[str, ...] = ("id", "version", "state", "due_on", "verdict", "comment", "revision")


class ReviewSerializer(ReviewRowSerializer):
    """A periodic review with what you may do with it."""

    allowed_steps = serializers.SerializerMethodField()

    class Meta:
        model = PeriodicReview
        fields = (*ReviewRowSerializer.Meta.fields, "allowed_steps")

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, review: PeriodicReview) -> Any:
        """The steps from its state."""
        return steps_of(PERIODIC_REVIEW, review, self.context["request"].user)


class DraftInput(Input):
    """The content of a version and who takes part in it."""

    title = serializers.CharField(max_length=250)
    change_summary = serializers.CharField(max_length=2000)
    change_reason = serializers.CharField(max_length=2000)
    training_impact = serializers.ChoiceField(TrainingImpact.choices, default=TrainingImpact.READ)
    audience = serializers.CharField(max_length=300, required=False, allow_blank=True)
    regulations = serializers.CharField(max_length=500, required=False, allow_blank=True)
    markdown = serializers.CharField(max_length=500_000, required=False, allow_blank=True, trim_whitespace=False)
    reviewers = serializers.ListField(child=MemberField(), required=False, max_length=50)
    function_leads = serializers.ListField(child=MemberField(), required=False, max_length=50)


class DocumentInput(DraftInput):
    """A new document with its first draft. A study plan names its study by number."""

    type = serializers.ChoiceField(DocumentType.choices)
    owner = MemberField(help_text="Who answers for the process; may approve here.")
    department = serializers.CharField(max_length=120, required=False, allow_blank=True)
    study = StudyField(required=False, allow_null=True)


class VersionInput(DraftInput):
    """The next version of a document."""

    size = serializers.ChoiceField([("major", "The process changes"), ("minor", "The process stays")], default="major")


class DraftChange(RevisionInput, DraftInput):
    """Parts of a draft to change."""


class DocumentChange(RevisionInput):
    """Who answers for a document."""

    owner = MemberField(required=False)
    department = serializers.CharField(max_length=120, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=2000)


class UploadInput(RevisionInput):
    """A PDF or a Markdown text."""

    file = serializers.FileField(allow_empty_file=True, max_length=200)


class NextReviewInput(RevisionInput):
    """Another date for the next review."""

    next_review_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000)


class VersionStepInput(StepInput):
    """What a step of a version is sent; `effective_on` for the step `schedule` alone."""

    effective_on = serializers.DateField(required=False, allow_null=True, default=None)


class VerdictInput(StepInput):
    """A verdict with its grounds."""

    verdict = serializers.ChoiceField(Verdict.choices)
    comment = serializers.CharField(max_length=4000)


def _people(version: Version, capacity: Capacity) -> Any:
    return PersonSerializer([row.person for row in participants(version, capacity)], many=True).data
