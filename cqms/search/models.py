"""The index: derived from the records, never the truth. `rebuild_search` makes it anew."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Upper

from cqms.audit.models import Lane
from cqms.organizations.models import OrganizationModel

_VECTOR = (
    SearchVector("title", weight="A", config="english")
    + SearchVector("title", weight="B", config="simple")
    + SearchVector("text", weight="C", config="english")
    + SearchVector("text", weight="D", config="simple")
)


class SearchEntry(OrganizationModel):
    """One record as search knows it: what it says, and the lane and anchor that decide who may find it.

    `vector` holds each word twice: by its English stem, and as it stands for searches by the beginning of a word.
    """

    kind = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    number = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=60, blank=True)
    tone = models.CharField(max_length=10, blank=True)
    anchor_kind = models.CharField(max_length=60, blank=True)
    anchor_id = models.BigIntegerField(null=True)
    lane = models.CharField(max_length=20, choices=Lane.choices, default=Lane.GENERAL)
    vector = models.GeneratedField(expression=_VECTOR, output_field=SearchVectorField(), db_persist=True)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "kind", "record_id"], name="searched_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="search_newest"),
            models.Index(fields=["organization", "kind", "state"], name="search_by_state"),
            models.Index(fields=["organization", "anchor_kind", "anchor_id", "-id"], name="search_at_place"),
            GinIndex("organization", "vector", name="search_by_words"),
            GinIndex(models.F("organization"), OpClass("title", name="gin_trgm_ops"), name="search_by_likeness"),
            models.Index(
                models.F("organization"), OpClass(Upper("number"), name="text_pattern_ops"), name="search_by_number"
            ),
            GinIndex(
                models.F("organization"),
                models.F("kind"),
                *(OpClass(Upper(each), name="gin_trgm_ops") for each in ("number", "title", "text")),
                gin_pending_list_limit=512,
                name="search_by_holding",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
