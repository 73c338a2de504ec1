"""Lanes: a record that one may not see does not exist, its past included; and who had seen it is known."""

import pytest
from django.core.exceptions import ValidationError

from cqms.access.services import give_role
from cqms.audit.models import AuditEvent, Lane
from cqms.audit.refusals import Denied
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from cqms.portal import lanes
from cqms.portal.lanes import StandsApart
from cqms.redactions.models import Redaction
from cqms.redactions.services import Wish, prepare
from cqms.trail_reviews.models import TrailReview
from documents.models import Document
from quality_events.process_deviations.models import ProcessDeviation
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.world import building as worlds


@pytest.fixture
def document(world) -> Document:
    """An effective document in the general lane, with a past."""
    with scope(world.ours):
        return worlds.version_of(worlds.EFFECTIVE).document


def move(world, document: Document, lane: str = Lane.CONFIDENTIAL, who: str = "qa") -> None:
    with scope(world.ours):
        lanes.reclassify(document, lane, actor=getattr(world, who), reason="Names a person who reported it.")


SURFACES = ["/", "/inbox/", "/documents/", "/documents/?format=csv", "/search/?q=deviations", "/studies/"]


def test_what_moved_to_a_closed_lane_is_gone_from_every_surface(world, document):
    reader = browse(world.blinded)
    assert document.number in words(reader.get(page(world.ours, "/documents/")))
    move(world, document)
    for surface in SURFACES:
        answer = reader.get(page(world.ours, surface))
        content = answer.content.decode() if not answer.streaming else b"".join(answer.streaming_content).decode()
        assert document.number not in content, surface
        assert document.title not in content, surface
    for path in (f"/documents/{document.number}/", f"/records/documents.document/{document.pk}/access/"):
        assert reader.get(page(world.ours, path)).status_code == 404
    assert document.number in words(browse(world.qa).get(page(world.ours, "/documents/")))


def test_the_past_of_a_record_is_hidden_with_it(world, document):
    study_manager = browse(world.study_manager)
    place = page(world.ours, "/timeline/?about=documents.document")
    before = words(study_manager.get(place))
    assert document.number in before
    move(world, document)
    assert document.number not in words(study_manager.get(place))
    assert document.number in words(browse(world.qa).get(place))


def test_a_redaction_goes_along_with_the_record_it_names(world):
    with scope(world.ours):
        review = TrailReview.objects.get(state="running")
        redactions = Redaction.objects.filter(record_id=review.pk)
        lanes.reclassify(review, Lane.CONFIDENTIAL, actor=world.qa, reason="Names a person who reported it.")
        assert {each.lane for each in redactions} == {Lane.CONFIDENTIAL}
        with pytest.raises(StandsApart, match="in the lane confidential: move that one"):
            lanes.reclassify(redactions[0], Lane.GENERAL, actor=world.qa, reason="Shall be seen.")
        review.refresh_from_db()
        lanes.reclassify(review, Lane.GENERAL, actor=world.qa, reason="It names nobody.")
        assert {each.lane for each in redactions.all()} == {Lane.GENERAL}


def test_a_redaction_in_a_lane_of_its_own_never_names_a_record_in_another(world):
    with scope(world.ours):
        review = TrailReview.objects.get(state="running")
        redaction = Redaction.objects.filter(record_id=review.pk).earliest("pk")
        grounds = "Its grounds tell the arm."
        redaction = lanes.reclassify(redaction, Lane.UNBLINDED, actor=world.statistician, reason=grounds)
        with pytest.raises(StandsApart) as refused:
            lanes.reclassify(review, Lane.CONFIDENTIAL, actor=world.qa, reason="Names a person who reported it.")
        assert refused.value.sentence.startswith("As things stand it cannot be moved to this lane.")
        trace = AuditEvent.objects.filter(verb="refuse", record_kind="trail_reviews.trailreview").latest("pk")
        named = f"{redaction} in the lane unblinded names it: move that one out of its lane first."
        assert (trace.lane, trace.reason) == (Lane.UNBLINDED, named)
        give_role(world.qa, "statistician", actor=None)
    with scope(world.ours):
        with pytest.raises(StandsApart, match="in the lane unblinded names it"):
            lanes.reclassify(review, Lane.CONFIDENTIAL, actor=world.qa, reason="Names a person who reported it.")
        lanes.reclassify(redaction, Lane.GENERAL, actor=world.statistician, reason="Its grounds were written anew.")
        lanes.reclassify(review, Lane.CONFIDENTIAL, actor=world.qa, reason="Names a person who reported it.")
        redaction.refresh_from_db()
        assert redaction.lane == Lane.CONFIDENTIAL


def test_a_process_deviation_goes_along_with_its_document_and_a_redaction_with_that(world):
    with scope(world.ours):
        deviation = ProcessDeviation.objects.exclude(version=None).earliest("pk")
        document, old = deviation.version.document, Redaction.objects.earliest("pk")
        players = worlds.our_players(world)
        wish = Wish(deviation, [deviation.description], what="a name", why="By mistake.", approver=world.qa)
        redaction = prepare(wish, actor=players.lead)
        lanes.reclassify(document, Lane.CONFIDENTIAL, actor=world.qa, reason="It names a person.")
        deviation.refresh_from_db()
        redaction.refresh_from_db()
        assert (deviation.lane, redaction.lane, old.lane) == (Lane.CONFIDENTIAL, Lane.CONFIDENTIAL, Lane.GENERAL)
        with pytest.raises(StandsApart, match="in the lane confidential: move that one"):
            lanes.reclassify(deviation, Lane.GENERAL, actor=world.qa, reason="Shall be seen.")


def test_notices_go_along(world, document):
    with scope(world.ours):
        told = Notification.objects.filter(
            record_kind="documents.version", record_id__in=document.versions.values("pk")
        )
        assert set(told.values_list("lane", flat=True)) == {"general"}
    move(world, document)
    with scope(world.ours):
        assert set(told.values_list("lane", flat=True)) == {"confidential"}


def test_only_who_decides_for_quality_and_sees_the_lane_moves_a_record(world, document):
    for who in ("author", "administrator", "study_manager", "inspector"):
        with pytest.raises(Denied):
            move(world, document, who=who)
    with pytest.raises(ValidationError, match="in this lane already"):
        move(world, document, Lane.GENERAL)
    with pytest.raises(ValidationError, match="may not see this lane yourself"):
        move(world, document, Lane.UNBLINDED)


def test_the_page_says_who_may_see_it_why_and_who_had_seen_it(world, document):
    quality = browse(world.qa)
    place = page(world.ours, f"/records/documents.document/{document.pk}/")
    shown = words(quality.get(f"{place}access/"))
    assert "Blanka IdowuReader in Northwind Therapeutics" in shown
    assert "Adrian MillsAdministrator" not in shown
    form = {"lane": "confidential", "reason": "Names a person."}
    assert quality.post(f"{place}lane/", form).status_code == 302
    after = words(quality.get(f"{place}access/"))
    assert "Blanka Idowu" not in after
    assert "Lane Confidential" in after
    assert "Amara Osei" in words(quality.get(f"{place}lane/"))
    assert browse(world.reader).get(f"{place}access/").status_code == 404


def test_every_page_of_an_inspector_is_marked_and_written_down(world, document):
    inspector = browse(world.inspector)
    shown = words(inspector.get(page(world.ours, f"/documents/{document.number}/1.0/")))
    assert "Inspection copy for Ines Spector" in shown
    inspector.get(page(world.ours, "/studies/"))
    assert "Inspection copy" not in words(browse(world.reader).get(page(world.ours, "/studies/")))
    with scope(world.ours):
        seen = (
            AuditEvent.objects.filter(verb="view").order_by("pk").values_list("actor_name", "record_kind", "sentence")
        )
        assert list(seen) == [
            ("Ines Spector", "documents.version", f"viewed the page “/documents/{document.number}/1.0/”"),
            ("Ines Spector", "organizations.membership", "viewed the page “/studies/”"),
        ]


def test_a_view_of_a_closed_record_is_written_down_for_everybody(world, document):
    move(world, document)
    browse(world.qa).get(page(world.ours, f"/documents/{document.number}/1.0/"))
    with scope(world.ours):
        assert [event.lane for event in AuditEvent.objects.filter(verb="view")] == ["confidential"]
        assert "Quentin Abara" in [each.name for each in lanes.had_seen(document, world.qa)]
