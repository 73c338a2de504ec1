"""Saving: row, history and event together or not at all, in words that later changes do not touch."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils import timezone

from cqms.audit import services as audit
from cqms.audit.models import AuditEvent, Lane, SecurityEvent, SecurityEventKind
from cqms.audit.services import Stale
from cqms.audit.timeline import Selection
from cqms.deadlines.models import Deadline
from cqms.organizations.scope import scope
from documents.models import Version
from studies.models import Site, Study
from tests.cast import change_account
from tests.world import building as worlds


@pytest.fixture
def study(cast, ours) -> Study:
    return Study.objects.get(number="NW-101")


def newest() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


def test_a_change_is_told_field_by_field_in_frozen_words(cast, study):
    study.phase, study.countries, study.manager = "3", ["DE"], cast.medical_monitor
    audit.save(study, actor=cast.qa, reason="  Amendment 2. ")
    event = newest()
    assert event.changes == [
        {"field": "phase", "label": "phase", "old": "Phase 2", "new": "Phase 3"},
        {"field": "countries", "label": "countries", "old": "DE, FR", "new": "DE"},
        {"field": "manager", "label": "study manager", "old": "Samuel Mora", "new": "Mina Monroe"},
    ]
    assert (event.actor_name, event.verb, event.sentence, event.reason) == (
        "Quentin Abara", "change", "changed the study", "Amendment 2.",
    )  # fmt: skip
    change_account(cast.qa, name="Quentin Renamed")
    event.refresh_from_db()
    assert event.actor_name == "Quentin Abara"


def test_a_new_record_lists_what_it_starts_with(cast, study):
    audit.save(Site(study=study, number="09", name="Clinic", country="DE", status="open"), actor=cast.study_manager)
    event = newest()
    assert (event.verb, event.sentence) == ("create", "created the site")
    assert [(row["label"], row["old"], row["new"]) for row in event.changes] == [
        ("study", "", "NW-101 Heron: a study of sleep in adults"),
        ("site number", "", "09"),
        ("name", "", "Clinic"),
        ("country", "", "Germany"),
        ("status", "", "Open"),
    ]
    assert (event.subject_kind, event.subject_id) == ("studies.study", study.pk)
    assert (event.anchor_kind, event.anchor_id) == ("studies.study", study.pk)


def test_moments_and_yes_and_no_are_words(cast, ours):
    moment = timezone.now().replace(2026, 3, 29, 0, 30, 15, 0)
    deadline = Deadline(met_at=moment)
    field = Deadline._meta.get_field("met_at")
    assert audit.words(deadline, field) == "2026-03-29 00:30:15 UTC"
    assert audit.words(Deadline(), field) == ""
    assert audit.words(cast.qa, type(cast.qa)._meta.get_field("is_active")) == "yes"


def test_a_technical_field_is_saved_and_kept_though_not_told(world):
    with scope(world.ours):
        deadline = Deadline.objects.earliest("pk")
        deadline.path = "/o/northwind/elsewhere/"
        audit.save(deadline, actor=None)
        assert Deadline.objects.get(pk=deadline.pk).path == "/o/northwind/elsewhere/"
        assert deadline.history.latest().path == "/o/northwind/elsewhere/"
        assert (newest().actor_name, newest().changes) == ("System", [])


def test_a_controlled_field_needs_a_reason(cast, study):
    study.sponsor, study.title = "Harbour Research", "Another title"
    with pytest.raises(ValidationError) as refused:
        audit.save(study, actor=cast.qa)
    assert refused.value.message_dict == {
        "reason": ["Say why you change sponsor: the record is controlled (Annex 11 9)."]
    }
    with pytest.raises(ValidationError):
        audit.save(study, actor=cast.qa, reason=" \n ")


def test_a_field_that_is_not_controlled_needs_none(cast, study):
    study.title = "Another title"
    audit.save(study, actor=cast.qa)
    assert newest().reason == ""


def test_a_draft_is_changed_without_a_reason_and_an_effective_version_is_not(world):
    with scope(world.ours):
        draft, effective = worlds.version_of(worlds.DRAFT), worlds.version_of(worlds.EFFECTIVE)
        draft.title = "Another"
        audit.save(draft, actor=world.author)
        effective.title = "Another"
        with pytest.raises(ValidationError, match="Say why you change title"):
            audit.save(effective, actor=world.author)


def test_a_stale_record_is_refused_and_carries_what_holds_now(cast, study):
    other = Study.objects.get(pk=study.pk)
    other.title = "First"
    audit.save(other, actor=cast.qa)
    study.title = "Second"
    with pytest.raises(Stale) as refused:
        audit.save(study, actor=cast.qa)
    assert refused.value.current.title == "First"
    assert Study.objects.get(pk=study.pk).title == "First"


def test_an_error_of_the_row_leaves_no_event(cast, study):
    before = AuditEvent.objects.count()
    study.number = None
    with pytest.raises(DatabaseError), scope(cast.ours):
        audit.save(study, actor=cast.qa, reason="Breaks.")
    assert AuditEvent.objects.count() == before


def test_an_event_of_a_confidential_record_is_confidential(world):
    with scope(world.ours):
        lanes = AuditEvent.objects.filter(record_id=worlds.version_of(worlds.HIDDEN).document_id)
        assert lanes.filter(record_kind="documents.document").latest("pk").lane == Lane.CONFIDENTIAL


def test_very_long_words_are_cut_and_nothing_breaks(cast, study):
    audit.append(study, actor=cast.qa, verb="note", sentence="x" * 5000, reason="y" * 5000)
    assert (len(newest().sentence), len(newest().reason)) == (300, 5000)


def test_security_events_belong_to_the_person(cast):
    event = audit.note_security(SecurityEventKind.SIGN_IN_FAILED, user=None, email="x" * 500, device="d" * 500)
    assert (len(event.email), len(event.device)) == (254, 300)
    assert audit.note_security(SecurityEventKind.LOCKED, user=cast.qa).email == cast.qa.email
    assert SecurityEvent.objects.filter(user=cast.qa).count() == 1


# The timeline


def told(selection: Selection) -> set[str]:
    return set(selection.events().values_list("record_kind", flat=True))


def test_a_study_tells_what_happened_below_it(world):
    with scope(world.ours):
        study = worlds.study_of_world()
        assert {"studies.study", "studies.site", "documents.document", "documents.version"} <= told(Selection(study))
        document = worlds.version_of(worlds.EFFECTIVE).document
        kinds = told(Selection(document))
        assert {"documents.document", "documents.version", "documents.periodicreview", "deadlines.deadline"} <= kinds
        assert Selection(document).events().exclude(subject_id=document.pk).count() == 0


def test_a_selection_narrows_by_person_kind_and_period(world):
    with scope(world.ours):
        everything = Selection().events()
        assert everything.count() == AuditEvent.objects.count()
        mine = Selection(person_id=world.qa.pk, kinds=["approve"]).events()
        assert {(row.actor_id, row.verb) for row in mine} == {(world.qa.pk, "approve")}
        versions = Selection(kinds=["documents.version", "create", "draft"]).events()
        assert {(row.record_kind, row.verb) for row in versions} == {("documents.version", "draft")}
        first, last = everything.earliest("pk"), everything.latest("pk")
        period = Selection(start=first.at, end=last.at).events()
        assert first in period
        assert last not in period


def test_a_version_tells_on_its_documents_page(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.DRAFT)
        assert version.subject() == version.document
        assert isinstance(version, Version)
        assert Selection(version).events().count() == 0
