"""Imports of deviations as the API shows and takes them."""

from functools import cached_property
from itertools import islice
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.api.serializers import Input, PersonSerializer, RevisionInput
from cqms.jobs.models import Job, JobState
from cqms.lists.tables import Table, read_table
from quality_events.deviations.imports.columns import BY_KEY
from quality_events.deviations.imports.comparing import Fate, Outcome, compare, rows_of, to_look_at
from quality_events.deviations.imports.selectors import columns_for, table_of
from quality_events.deviations.imports.services import last_run
from quality_events.deviations.models import DeviationImport
from studies.serializers import StudyField

_SHOWN = 50


class ImportSerializer(serializers.ModelSerializer[DeviationImport]):
    """A file of deviations in a list."""

    study = serializers.SlugRelatedField(slug_field="number", read_only=True)
    asked_by = PersonSerializer(read_only=True)

    class Meta:
        model = DeviationImport
        fields: tuple[str, ...] = (
            "id", "study", "source_system", "file_name", "file_sha256", "lane", "asked_by", "created", "done_at",
            "revision",
        )  # fmt: skip


class CountsSerializer(serializers.Serializer[Any]):
    """How many rows would become what; `questioned` are new rows whose texts may name a participant."""

    new = serializers.IntegerField()
    same = serializers.IntegerField()
    differs = serializers.IntegerField()
    wrong = serializers.IntegerField()
    questioned = serializers.IntegerField()


class ToldRowSerializer(serializers.Serializer[Any]):
    """What is to be known of a row."""

    row = serializers.IntegerField()
    outcome = serializers.CharField()
    column = serializers.CharField(allow_blank=True)
    what = serializers.CharField(allow_blank=True)


class RunSerializer(serializers.ModelSerializer[Job]):
    """How far a run is, and how it ended; `maximum` is 0 while nobody knows."""

    state = serializers.ChoiceField(JobState.choices, read_only=True)
    said = serializers.CharField(source="result.sentence", default="", help_text="What was done, in words.")

    class Meta:
        model = Job
        fields = ("id", "state", "doing", "value", "maximum", "said", "error")


class ImportDetailSerializer(ImportSerializer):
    """A file of deviations with its columns, what it would do, and how far your last run of it is."""

    heads = serializers.SerializerMethodField(help_text="The heads of its columns.")
    columns = serializers.SerializerMethodField(help_text="Field → head: as chosen, else as remembered or guessed.")
    is_chosen = serializers.SerializerMethodField(help_text="Whether the columns are chosen; before, no row is read.")
    counts = serializers.SerializerMethodField()
    rows = serializers.SerializerMethodField()
    run = serializers.SerializerMethodField()

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "heads", "columns", "is_chosen", "counts", "rows", "run")

    @cached_property
    def table(self) -> Table:
        """What stands in the file."""
        return table_of(self.instance)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """Every row with what would become of it; none before the columns are chosen."""
        chosen = self.instance.columns
        return compare(self.instance, self.table.lines, self.context["request"].user) if chosen else []

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_heads(self, record: DeviationImport) -> list[str]:
        """The heads of the file."""
        return list(self.table.heads)

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_columns(self, record: DeviationImport) -> dict[str, str]:
        """Which column is which field."""
        return columns_for(record, list(self.table.heads))

    def get_is_chosen(self, record: DeviationImport) -> bool:
        """Whether somebody chose them."""
        return bool(record.columns)

    @extend_schema_field(CountsSerializer)
    def get_counts(self, record: DeviationImport) -> dict[str, int]:
        """How many rows have which fate."""
        found = {fate.name.lower(): sum(each.fate == fate for each in self.outcomes) for fate in Fate}
        return {**found, "questioned": sum(bool(each.questions) for each in self.outcomes if each.fate == Fate.NEW)}

    @extend_schema_field(ToldRowSerializer(many=True))
    def get_rows(self, record: DeviationImport) -> Any:
        """The first fifty rows to look at, the wrong ones first; all of them stand at `rows/` as a file."""
        names = ("row", "outcome", "column", "what")
        first = islice(rows_of(to_look_at(self.outcomes)), _SHOWN)
        return [dict(zip(names, row, strict=True)) for row in first]

    @extend_schema_field(RunSerializer(allow_null=True))
    def get_run(self, record: DeviationImport) -> Any:
        """Your last run."""
        job = last_run(record, self.context["request"].user)
        return RunSerializer(job).data if job else None


class ImportInput(Input):
    """A CSV or Excel file of deviations of one study."""

    study = StudyField()
    source_system = serializers.CharField(max_length=80, help_text="The EDC or CTMS, always by the same name.")
    file = serializers.FileField(allow_empty_file=True, max_length=200)
    unblinded = serializers.BooleanField(
        default=False, help_text="It tells who received what: file and deviations stand in the unblinded lane."
    )

    def validate_file(self, file: Any) -> Any:
        """A table. Raises ValidationError with the sentence that says what is wrong."""
        read_table(file)
        file.seek(0)
        return file


class ColumnsInput(RevisionInput):
    """Which column is which field; left out, the columns are those that the import proposes."""

    columns = serializers.DictField(child=serializers.CharField(max_length=1000), required=False)

    def validate_columns(self, chosen: dict[str, str]) -> dict[str, str]:
        """Fields of a deviation, and heads of the file. Raises ValidationError."""
        heads = self.context["heads"]
        wrong = {key: ["There is no such field."] for key in chosen if key not in BY_KEY}
        wrong |= {key: ["There is no such column in the file."] for key in chosen if chosen[key] not in heads}
        if wrong:
            raise serializers.ValidationError(wrong)
        return chosen


class RunInput(Input):
    """Have what is new created."""

    no_identity = serializers.BooleanField(
        default=False, help_text="You looked: what seems to name a participant names none."
    )
