"""Reviews of rights: a campaign asks about each, the reviewer answers and signs, and what nobody signed lapses."""

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.access.models import AccessReview, RoleAssignment
from cqms.access.reach import reach_of
from cqms.access.services import add_member, found_organization, give_role
from cqms.administration import campaigns, reviews
from cqms.administration import inbox as administration_inbox
from cqms.administration.tasks import lapse_reviews
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Changed, Denied, ReasonMissing, WrongState
from cqms.inbox.selectors import rows_here
from cqms.notifications.models import Notification
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope, scope_cache
from tests.cast import PASSWORD, page
from tests.days import today
from tests.platform.asking import asking
from tests.platform.browsing import browse, links, words
from tests.world.building import credentials


def held(person) -> list[str]:
    return [row.role for row in RoleAssignment.objects.filter(user=person).order_by("pk") if row.is_current()]


def campaign(cast) -> AccessReview:
    due = today() + dt.timedelta(days=3)
    reviews.open_campaign("Spring", due_on=due, actor=cast.administrator)
    return AccessReview.objects.get(reviewer=cast.quality_head)


def test_a_campaign_asks_about_every_right_and_nobody_about_their_own(cast, ours):
    campaign(cast)
    asked = [(row.reviewer.name, each["person"]) for row in AccessReview.objects.all() for each in row.answers]
    assert sorted(person for _, person in asked) == sorted(
        row.user.name for row in RoleAssignment.objects.select_related("user") if row.is_current()
    )
    assert [pair for pair in asked if pair[0] == pair[1]] == []
    with pytest.raises(Blocked, match="still open"):
        campaign(cast)


def test_rights_that_nobody_else_could_review_are_named_before_a_campaign_begins(cast):
    young = found_organization(name="Young", slug="young", zone="UTC", administrator=cast.outsider)
    with scope(young):
        add_member(cast.reader, actor=cast.outsider)
        give_role(cast.reader, "reader", actor=cast.outsider)
        assert reviews.without_reviewer() == ["Administrator in Young of Otto Sidler"]
        asked = reviews.open_campaign("First", due_on=today() + dt.timedelta(days=3), actor=cast.outsider)
        assert [(each.reviewer, [right["person"] for right in each.answers]) for each in asked] == [
            (cast.outsider, [cast.reader.name])
        ]
    seen = words(browse(cast.outsider).get(page(young, "/administration/reviews/new/")))
    assert "unless a manager is named first: Administrator in Young of Otto Sidler." in seen


def test_what_the_reviewer_signed_happens(cast, ours):
    review = campaign(cast)
    given = {each["assignment"]: ("keep", "") for each in review.answers}
    ends = next(each["assignment"] for each in review.answers if each["person"] == cast.reader.name)
    with pytest.raises(ValidationError) as problem:
        reviews.answer(review, {ends: ("remove", " ")}, actor=cast.quality_head, revision=1)
    said = "Say why: Reader in Northwind Therapeutics of Rita Edwards."
    assert problem.value.message_dict == {f"comment:{ends}": [said]}
    with pytest.raises(ValidationError, match="does not ask about all of these rights"):
        reviews.answer(review, {987654: ("keep", "")}, actor=cast.quality_head, revision=1)
    with pytest.raises(Blocked, match="have no answer yet"):
        reviews.conclude(review, actor=cast.quality_head, revision=1, credentials=credentials(cast.quality_head))
    given[ends] = ("remove", "Moved to sales.")
    review = reviews.answer(review, given, actor=cast.quality_head, revision=1)
    reviews.conclude(review, actor=cast.quality_head, revision=2, credentials=credentials(cast.quality_head))
    assert (held(cast.reader), held(cast.author)) == ([], ["author"])


def test_rights_that_nobody_confirmed_in_time_end(cast, monkeypatch):
    with scope(cast.ours):
        campaign(cast)
        assert held(cast.author) == ["author"]
    later = timezone.now() + dt.timedelta(days=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    lapse_reviews()
    with scope(cast.ours):
        assert (held(cast.author), held(cast.reader)) == ([], [])
        assert {row.state for row in AccessReview.objects.all()} == {"lapsed"}
        assert not reach_of(cast.author).everywhere
        assert AuditEvent.objects.filter(verb="end role").first().reason == "Spring: nobody confirmed it in time"


def test_the_inbox_says_what_becomes_of_rights_that_nobody_confirms(cast, ours, monkeypatch):
    campaign(cast)
    rows = [row for row in rows_here(cast.quality_head) if row.kind == "administration.review"]
    assert [row.late for row in rows] == ["Rights that nobody confirms end by themselves."]
    mild = replace(administration_inbox.current_settings(), suspends_unanswered=False)
    monkeypatch.setattr(administration_inbox, "current_settings", lambda: mild)
    [row] = administration_inbox.waiting_reviews(cast.quality_head)
    assert row.late == "Rights that nobody confirms stay unreviewed."


def test_no_review_ends_the_role_of_the_last_administrator(cast, ours):
    review = campaign(cast)
    given = {each["assignment"]: ("keep", "") for each in review.answers}
    [last] = [each["assignment"] for each in review.answers if each["person"] == cast.administrator.name]
    given[last] = ("remove", "Moved to sales.")
    review = reviews.answer(review, given, actor=cast.quality_head, revision=1)
    with pytest.raises(Blocked, match="keeps at least one administrator"):
        reviews.conclude(review, actor=cast.quality_head, revision=2, credentials=credentials(cast.quality_head))
    review.refresh_from_db()
    assert (review.state, held(cast.administrator)) == ("open", ["administrator"])


def test_a_lapsed_review_leaves_the_last_administrator_who_reads_what_ended_and_what_to_change(cast, ours, monkeypatch):
    review = campaign(cast)
    [changed] = [each["assignment"] for each in review.answers if each["person"] == cast.reader.name]
    reviews.answer(review, {changed: ("change", "One study only.")}, actor=cast.quality_head, revision=1)
    later = timezone.now() + dt.timedelta(days=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    reviews.lapse_overdue(ours)
    assert (held(cast.administrator), held(cast.reader), held(cast.author)) == (["administrator"], ["reader"], [])
    told = dict(Notification.objects.filter(person=cast.administrator).values_list("key", "body"))
    ended = told[f"access_review_lapsed:{review.pk}"].splitlines()
    assert f"Ended: {cast.author.name}, Author in {ours}" in ended
    rule = "An organization keeps at least one administrator: give the role to somebody else first."
    assert [line for line in ended if line.startswith("Stays")] == [
        f"Stays: {cast.administrator.name}, Administrator in {ours}. {rule}"
    ]
    assert told[f"access_review_changes:{review.pk}"] == f"{cast.reader.name}, Reader in {ours}: One study only."
    kept = AuditEvent.objects.get(verb="keep")
    assert (kept.record_id, kept.actor) == (review.pk, None)


def test_the_reviewer_answers_and_signs_on_pages(cast):
    with scope(cast.ours):
        review = campaign(cast)
    head, place = browse(cast.quality_head), page(cast.ours, f"/administration/reviews/{review.pk}/")
    inbox = words(head.get(page(cast.ours, "/inbox/")))
    assert ("Spring" in inbox, f"{review.due_on:%-d %b %Y}" in inbox) == (True, True)
    assert f"asked {cast.quality_head} to review" in words(head.get(place))
    answers = {f"decision:{each['assignment']}": "keep" for each in review.answers}
    assert head.post(f"{place}answer/", {"revision": 1, **answers}).status_code == 302
    proof = {"revision": 2, "email": cast.quality_head.email, "password": credentials(cast.quality_head).password}
    assert head.post(f"{place}conclude/", {**proof, "accepts_binding": "on"}).status_code == 302
    assert "Concluded" in words(browse(cast.administrator).get(page(cast.ours, "/administration/reviews/")))
    assert browse(cast.reader).get(place).status_code == 404


def test_a_reviewer_whose_roles_are_in_a_study_reads_what_happened_to_their_review(cast):
    with scope(cast.ours):
        below = Membership.objects.get(user=cast.reader)
        below.manager = cast.guest
        audit.save(below, actor=cast.administrator, reason="Works for the study.")
        campaign(cast)
        review = AccessReview.objects.get(reviewer=cast.guest)
        assert Capability.READ not in reach_of(cast.guest).everywhere
    told = words(browse(cast.guest).get(page(cast.ours, f"/administration/reviews/{review.pk}/")))
    assert f"asked {cast.guest} to review 1 right" in told


# A campaign as a whole


def tomorrow() -> dt.date:
    return today() + dt.timedelta(days=1)


def test_the_last_day_moves_for_every_open_part_and_reviewers_are_told(cast, ours):
    review = campaign(cast)
    for due, why in ((today(), "at least until tomorrow"), (review.due_on, "its last day already")):
        with pytest.raises(ValidationError, match=why):
            campaigns.move_day(review, due_on=due, reason="Holidays.", actor=cast.administrator)
    with pytest.raises(Denied):
        campaigns.move_day(review, due_on=tomorrow(), reason="Holidays.", actor=cast.reader)
    with pytest.raises(ReasonMissing):
        campaigns.move_day(review, due_on=tomorrow(), reason=" ", actor=cast.administrator)
    moved = campaigns.move_day(review, due_on=tomorrow(), reason="Holidays.", actor=cast.administrator, revision=1)
    assert {row.due_on for row in AccessReview.objects.all()} == {tomorrow()}
    said = AuditEvent.objects.get(record_kind="access.accessreview", record_id=review.pk, verb="move")
    assert (said.reason, said.sentence) == (
        "Holidays.", f"moved the last day from {review.due_on:%-d %B %Y} to {tomorrow():%-d %B %Y}",
    )  # fmt: skip
    told = Notification.objects.get(person=cast.quality_head, kind="access_review_moved")
    assert told.subject == f"Answer until {tomorrow():%-d %B %Y}: Spring"
    with pytest.raises(Changed):
        campaigns.move_day(moved, due_on=review.due_on, reason="Back.", actor=cast.administrator, revision=1)


def test_a_cancelled_campaign_keeps_its_answers_and_ends_no_right(cast, ours):
    review = campaign(cast)
    [asked] = [each["assignment"] for each in review.answers if each["person"] == cast.reader.name]
    review = reviews.answer(review, {asked: ("remove", "Moved to sales.")}, actor=cast.quality_head, revision=1)
    with pytest.raises(Denied):
        campaigns.cancel(review, reason="Wrong list.", actor=cast.qa)
    with pytest.raises(ReasonMissing):
        campaigns.cancel(review, reason="", actor=cast.administrator)
    done = campaigns.cancel(review, reason="Wrong list.", actor=cast.administrator, revision=2)
    assert (done.state, {row.state for row in AccessReview.objects.all()}) == ("cancelled", {"cancelled"})
    assert [each["decision"] for each in done.answers if each["assignment"] == asked] == ["remove"]
    assert held(cast.reader) == ["reader"]
    own = Notification.objects.get(person=cast.quality_head, key=f"access_review_cancelled:{review.pk}")
    assert own.body == "Wrong list.\nYour 1 answer is kept; no right ended or changed."
    told = Notification.objects.get(person=cast.administrator, key=f"access_reviews_cancelled:{review.number}")
    wanted = f"Remove: {cast.reader.name}, Reader in {ours}. Moved to sales. ({cast.quality_head})"
    assert told.body.splitlines() == ["Wrong list.", wanted]
    scope_cache().clear()
    assert reviews.waiting_for(cast.quality_head) == []
    for act in (campaigns.cancel, partial(campaigns.move_day, due_on=tomorrow())):
        with pytest.raises(WrongState):
            act(done, reason="Again.", actor=cast.administrator)
    made = reviews.open_campaign("Summer", due_on=tomorrow(), actor=cast.administrator)
    assert {part.number for part in made} == {review.number + 1}


def test_what_was_signed_before_stays_when_the_rest_is_cancelled(cast, ours):
    review = campaign(cast)
    given = {each["assignment"]: ("keep", "") for each in review.answers}
    review = reviews.answer(review, given, actor=cast.quality_head, revision=1)
    reviews.conclude(review, actor=cast.quality_head, revision=2, credentials=credentials(cast.quality_head))
    rest = AccessReview.objects.exclude(pk=review.pk).get(state="open")
    campaigns.cancel(rest, reason="Wrong list.", actor=cast.administrator)
    assert sorted(AccessReview.objects.values_list("state", flat=True)) == ["cancelled", "concluded"]


def test_the_campaign_is_moved_and_cancelled_on_pages_and_what_is_wrong_stands_beside_its_field(cast):
    with scope(cast.ours):
        review = campaign(cast)
        [asked] = [each["assignment"] for each in review.answers if each["person"] == cast.reader.name]
    head, place = browse(cast.quality_head), page(cast.ours, f"/administration/reviews/{review.pk}/")
    answer = head.post(f"{place}answer/", {"revision": 1, f"decision:{asked}": "remove"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {f"comment:{asked}": [f"Say why: Reader in {cast.ours} of {cast.reader}."]}
    office = browse(cast.administrator)
    assert {f"{place}day/", f"{place}cancel/"} <= set(links(office.get(place)))
    wrong = office.post(f"{place}day/", {"revision": 1, "due_on": "2020-01-01", "reason": "Holidays."})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["due_on"])
    right = {"revision": 1, "due_on": tomorrow().isoformat(), "reason": "Holidays."}
    assert office.post(f"{place}day/", right).status_code == 302
    late = head.post(f"{place}answer/", {"revision": 1, f"decision:{asked}": "remove", f"comment:{asked}": "Sales."})
    assert (late.status_code, "Sales." in late.content.decode()) == (409, True)
    assert office.post(f"{place}cancel/", {"revision": 2, "reason": "Wrong list."}).status_code == 302
    assert "Cancelled" in words(office.get(place))


def test_a_campaign_is_opened_over_the_api_with_the_refusals_of_its_page(cast):
    path, due = "access-reviews/", today() + dt.timedelta(days=3)
    body = {"title": " Spring ", "due_on": due.isoformat()}
    assert [
        asking(each, cast.ours)("post", path, body).status_code for each in (cast.reader, cast.guest, cast.auditor)
    ] == [403] * 3
    office = asking(cast.administrator, cast.ours)
    for wrong, field in (({"due_on": today().isoformat()}, "due_on"), ({"due_on": "0001-01-01"}, "due_on"),
                         ({"title": " "}, "title"), ({"title": "x" * 201}, "title"), ({"reviewer": "me"}, "reviewer")):  # fmt: skip
        answer = office("post", path, body | wrong)
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field])
    with scope(cast.ours):
        assert AccessReview.objects.count() == 0
        names = {row.user.name for row in RoleAssignment.objects.select_related("user") if row.is_current()}
    answer = office("post", path, body)
    made = answer.json()
    assert (answer.status_code, made["not_asked"], len(made["reviews"])) == (201, [], 2)
    assert {(each["title"], each["campaign"], each["due_on"], each["state"]) for each in made["reviews"]} == {
        ("Spring", 1, due.isoformat(), "open")
    }
    assert sum(each["rights"] for each in made["reviews"]) == len(names)
    again = office("post", path, body)
    assert (again.status_code, again.json()["error"]["message"]) == (422, "Another campaign is still open.")
    assert asking(cast.outsider, cast.theirs).get(path).json()["results"] == []


def test_administrators_read_and_reviewers_answer_over_the_api(cast):
    with scope(cast.ours):
        review = campaign(cast)
        asked = [each["assignment"] for each in review.answers]
    office, head, path = asking(cast.administrator, cast.ours), asking(cast.quality_head, cast.ours), "access-reviews/"
    assert sorted(row["reviewer"]["name"] for row in office.get(path).json()["results"]) == sorted(
        [cast.quality_head.name, cast.qa.name]
    )
    assert asking(cast.reader, cast.ours).get(path).json()["results"] == []
    assert asking(cast.reader, cast.ours).get(f"{path}{review.pk}/").status_code == 404
    body = {"answers": [{"assignment": pk, "decision": "keep"} for pk in asked], "revision": 1}
    assert office("put", f"{path}{review.pk}/answers/", body).status_code == 403
    missing = {"answers": [{"assignment": asked[0], "decision": "remove"}], "revision": 1}
    assert list(head("put", f"{path}{review.pk}/answers/", missing).json()["error"]["fields"]) == ["answers"]
    done = head("put", f"{path}{review.pk}/answers/", body).json()
    assert (done["unanswered"], {each["decision"] for each in done["answers"]}) == (0, {"keep"})
    assert head("put", f"{path}{review.pk}/answers/", body).status_code == 409
    proof = {"revision": 2, "email": cast.quality_head.email, "password": PASSWORD, "accepts_binding": True}
    assert head.post(f"{path}{review.pk}/steps/lapse/", proof).status_code == 403
    assert head.post(f"{path}{review.pk}/steps/conclude/", proof).json()["state"] == "concluded"
