"""The deviation specification of a study is approved before its first participant, or somebody says why not (B2)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.models import AuditEvent
from cqms.organizations.scope import scope
from studies.conduct.services import Count, note_participants
from tests.cast import page
from tests.platform.browsing import browse, links, words
from tests.quality_events.test_deviations import approved, frozen, study

WARNING = "No deviation specification is approved"
DRAFT = "/o/northwind/quality-events/specifications/new/?study=NW-101"


def first(cast, reason="", screened=2):
    counts = [Count(study().sites.get(), dt.date(2026, 3, 1), screened, 0)]
    return note_participants(study(), counts, actor=cast.study_manager, reason=reason)


def test_the_first_participant_before_the_specification_needs_a_reason_that_the_trail_tells(cast, ours):
    with pytest.raises(ValidationError, match="is not approved yet: it should be before its first participant"):
        first(cast)
    assert first(cast, "The sponsor began before us.") == 1
    told = AuditEvent.objects.filter(record_kind="studies.participants").latest("pk")
    assert told.reason == "The sponsor began before us."
    later = [Count(study().sites.get(), dt.date(2026, 4, 1), 3, 1)]
    assert note_participants(study(), later, actor=cast.study_manager) == 1


def test_after_the_approval_participants_need_no_reason(cast, ours):
    approved(cast)
    assert first(cast) == 1


def test_that_nobody_was_screened_needs_no_specification(cast, ours):
    assert first(cast, screened=0) == 1


def test_the_page_keeps_the_numbers_and_says_beside_the_reason_what_is_missing(cast):
    with scope(cast.ours):
        site = study().sites.get().pk
    sent = {"revision": 0, f"screened_{site}": "3", f"enrolled_{site}": "2"}
    answer = browse(cast.study_manager).post(page(cast.ours, "/studies/NW-101/participants/?month=2026-03"), sent)
    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, {"reason"})
    assert "Say why participants come before it." in words(answer)
    assert answer.context["form"][f"screened_{site}"].value() == "3"


def test_the_page_of_a_study_warns_until_one_is_approved(cast):
    clients, path = {who: browse(getattr(cast, who)) for who in ("study_manager", "inspector")}, "/studies/NW-101/"
    before = {who: client.get(page(cast.ours, path)) for who, client in clients.items()}
    assert {who: (WARNING in words(answer), DRAFT in links(answer)) for who, answer in before.items()} == {
        "study_manager": (True, True), "inspector": (True, False),
    }  # fmt: skip
    with scope(cast.ours):
        approved(cast)
    assert WARNING not in words(clients["inspector"].get(page(cast.ours, path)))


def test_the_texts_of_what_is_no_event_are_not_headed_what_happened(cast):
    with scope(cast.ours):
        held, made = approved(cast), frozen(cast)
    client = browse(cast.qa)
    headed = {
        name: [words(client.get(page(cast.ours, f"/quality-events/{name}/{each.number}/"))).count(title)
               for title in ("What happened", "What the specification is for", "What is frozen")]
        for name, each in (("specifications", held), ("freezes", made))
    }  # fmt: skip
    assert headed == {"specifications": [0, 1, 0], "freezes": [0, 0, 1]}
