"""Protocol deviations: judged by the study's specification, counted, confirmed, frozen (B2 of the SOPs)."""

import datetime as dt
import time

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.audit.refusals import Blocked, Denied, WrongState
from cqms.configuration.selectors import current_settings
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.scope import day_of, scope
from cqms.signatures.content import signatures_of, verify
from quality_events.deviations import demo, sampling, services
from quality_events.deviations.categories import START, Category, read, write
from quality_events.deviations.models import ProtocolDeviation
from quality_events.deviations.selectors import specification_of
from quality_events.inbox import waiting_for_quality
from quality_events.issues.models import QualityIssue
from quality_events.presentation import content_of
from quality_events.privacy import doubts, is_code
from quality_events.selectors import links_of
from quality_events.services import change_event
from quality_events.services import take_step as take_any_step
from studies.models import Study
from tests.cast import PASSWORD
from tests.days import today
from tests.platform.browsing import browse, words
from tests.platform.committed import at_once
from tests.quality_events.players import happened
from tests.world.building import credentials

WINDOW = "window / Visit outside its window"
CONSENT = "consent / Superseded version of the form signed"
DOSE = "product / Wrong dose, route or schedule"


def study():
    return Study.objects.get(number="NW-101")


def approved(cast, **other):
    """A specification that holds."""
    values = {"title": "How we judge", "description": "All.", "study": study(), "categories": write(START), **other}
    found = services.open_specification(values, actor=cast.study_manager)
    found = services.take_specification_step(found, "submit", actor=cast.study_manager)
    for who in (cast.study_manager, cast.medical_monitor, cast.qa):
        found = services.take_specification_step(found, "approve", actor=who, credentials=credentials(who))
    return found


def deviation(cast, **other):
    at = study()
    values = happened(study=at, site=at.sites.get(), subject_code="1002-014", visit="Visit 8", **other)
    unblinded = values.pop("unblinded", False)
    return services.log_deviation(values, actor=cast.author, unblinded=unblinded)


def step(record, key, person, reason="", **values):
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))


def classified(cast, category=WINDOW, importance="not_important", **other):
    judged = {"category": category, "importance": importance, "rationale": "As the specification proposes."}
    return step(deviation(cast, **other), "classify", cast.study_manager, **judged)


def frozen(cast, *signers):
    found = services.prepare_freeze(
        {"title": "Freeze", "description": "Before unblinding.", "study": study()}, actor=cast.study_manager
    )
    for who in signers or (cast.study_manager, cast.medical_monitor, cast.statistician):
        found = services.take_freeze_step(found, "freeze", actor=who, credentials=credentials(who))
    return found


def test_a_specification_is_approved_by_three_and_follows_the_one_before(cast, ours):
    first = approved(cast)
    assert (first.number, first.version, first.state) == ("DS-0001", 1, "approved")
    assert [row.meaning for row in signatures_of(first)] == ["approved", "approved", "qa_approved"]
    second = approved(cast, categories="data / Entry late: not important")
    assert (second.version, specification_of(study())) == (2, second)
    first.refresh_from_db()
    assert (first.state, verify(signatures_of(first)[0], first).holds) == ("superseded", True)


@pytest.mark.parametrize(
    "line",
    ["consent", "nonsense / A: important", "data / A: perhaps", "data / : important", "data / A: important, blue"],
)
def test_categories_that_cannot_be_read_are_refused_by_line(cast, ours, line):
    with pytest.raises(ValidationError, match="Line 1 should read"):
        approved(cast, categories=line)


def test_the_start_set_reads_back_as_it_was_written():
    assert read(write(START)) == list(START)
    assert read("data / Entry late: not important, safety") == [
        Category("data", "Entry late", important=False, safety=True)
    ]


def test_a_deviation_that_is_not_important_is_closed_by_its_owner(cast, ours, monkeypatch):
    monkeypatch.setattr(sampling, "new_seed", lambda: "not drawn")
    held = approved(cast)
    found = classified(cast)
    assert (found.number, found.state, found.specification) == ("PD-0001", "assessment", held)
    found = step(found, "act", cast.author, impact="None.", action="The site was told.")
    assert step(found, "finish", cast.author).state == "closed"


def test_an_important_one_is_confirmed_screened_and_closed_by_quality_assurance(cast, ours):
    approved(cast)
    found = classified(cast, DOSE, "important")
    done = {"impact": "None seen.", "action": "The site was trained."}
    with pytest.raises(Blocked, match="medical monitor confirms"):
        step(found, "act", cast.author, **done)
    with pytest.raises(Denied):
        step(found, "confirm", cast.study_manager)
    found = step(found, "confirm", cast.medical_monitor)
    with pytest.raises(Blocked, match="serious breach"):
        step(found, "act", cast.author, **done)
    found = step(found, "screen", cast.qa, breach="no", breach_grounds="One dose, no effect.")
    found = step(found, "act", cast.author, **done)
    with pytest.raises(Blocked, match="submit it to quality assurance"):
        step(found, "finish", cast.author)
    found = step(step(found, "submit", cast.author), "close", cast.qa)
    assert found.state == "closed"
    signed = signatures_of(found)
    assert [row.meaning for row in signed] == ["reviewed", "reviewed", "closed"]
    assert verify(signed[-1], found).holds


def test_the_breach_question_about_an_important_one_waits_two_working_days_for_quality_assurance(cast, ours):
    approved(cast)
    found = classified(cast, DOSE, "important")
    [due] = open_deadlines_about(found)
    within = current_settings().after_working_days(today(), 2)
    assert (due.kind, due.owner, due.due_on) == ("deviations.screen", cast.quality_head, within)
    other = classified(cast, WINDOW)
    assert [row.title for row in waiting_for_quality(cast.quality_head)] == []  # it stands there by its deadline
    assert [row.title for row in waiting_for_quality(cast.qa)] == [
        f"Answer whether it may be a serious breach: {found}"
    ]
    found = step(found, "screen", cast.qa, breach="no", breach_grounds="One dose, no effect.")
    within = current_settings().after_working_days(today(), 10)
    for row in (found, other):
        assert [(each.kind, each.owner, each.due_on) for each in open_deadlines_about(row)] == [
            ("deviations.act", cast.author, within)
        ]


def test_without_an_approved_specification_nothing_is_classified(cast, ours):
    with pytest.raises(ValidationError, match="no approved deviation specification"):
        classified(cast)
    approved(cast)
    with pytest.raises(ValidationError, match="Choose one of the categories"):
        classified(cast, "window / Something else")


def test_repeats_at_a_site_raise_one_issue_linked_with_each(cast, ours):
    approved(cast, repeat_count=3, repeat_days=30)
    long_ago = {"occurred_on": dt.date(2025, 1, 5), "discovered_on": dt.date(2025, 1, 6)}
    classified(cast, **long_ago)
    three = [classified(cast) for _ in range(3)]
    issue = QualityIssue.objects.get()
    assert issue.title == "3 deviations “window / Visit outside its window” at site 01"
    assert [each.other for each in links_of(issue, cast.reader)] == three
    known = (issue.rule_kind, issue.rule_id, issue.rule_category)
    assert known == ("deviations.specification", three[0].specification_id, WINDOW)
    change_event(
        issue, actor=cast.qa, revision=issue.revision, reason="Said better.",
        values={"title": "Visits come too late", "detected_how": "Three deviations"},
    )  # fmt: skip
    classified(cast)
    assert QualityIssue.objects.count() == 1


def test_an_issue_that_somebody_wrote_is_not_taken_for_one_of_the_repeat_rule(cast, ours):
    approved(cast, repeat_count=2)
    first = classified(cast)
    like = happened(detected_how="Repeat rule of DS-0001", title=f"2 deviations “{WINDOW}” at site 01")
    services.raise_issue(first, like, actor=cast.author)
    classified(cast)
    assert [each.rule_category for each in QualityIssue.objects.order_by("number")] == ["", WINDOW]


@pytest.mark.commits
def test_repeats_that_are_classified_at_the_same_moment_raise_one_issue(company):
    with scope(company.ours):
        approved(company, repeat_count=2)
        two = [deviation(company), deviation(company)]
    judged = {"category": WINDOW, "importance": "not_important", "rationale": "As the specification proposes."}

    def classify(each):
        with scope(company.ours):
            step(each, "classify", company.study_manager, **judged)
            time.sleep(0.3)

    at_once(*(lambda each=each: classify(each) for each in two))
    with scope(company.ours):
        [issue] = QualityIssue.objects.all()
        assert [each.other for each in links_of(issue, company.reader)] == two


def test_repeats_count_in_whatever_order_they_are_classified(cast, ours):
    approved(cast, repeat_count=3, repeat_days=30)
    days = [today() - dt.timedelta(days=ago) for ago in (5, 15, 25)]
    three = [classified(cast, occurred_on=day, discovered_on=day) for day in days]
    issue = QualityIssue.objects.get()
    assert [each.other for each in links_of(issue, cast.reader)] == three
    far = days[-1] - dt.timedelta(days=20)
    classified(cast, occurred_on=far, discovered_on=far)
    assert QualityIssue.objects.count() == 1


def test_an_issue_of_a_deviation_stays_in_its_lane_and_is_linked_with_it(cast, ours):
    found = deviation(cast, unblinded=True)
    values = happened(study=found.study, site=found.site, detected_how="Monitoring")
    issue = services.raise_issue(found, values, actor=cast.statistician)
    assert (issue.number, issue.lane, issue.reporter) == ("QI-0001", "unblinded", cast.statistician)
    assert [(each.other, each.link.why) for each in links_of(issue, cast.statistician)] == [
        (found, "It came of PD-0001."),
    ]


def test_no_issue_comes_of_a_voided_deviation(cast, ours):
    found = step(deviation(cast), "void", cast.qa, reason="Logged twice.")
    with pytest.raises(WrongState, match="no issue comes of it"):
        services.raise_issue(found, happened(detected_how="Monitoring"), actor=cast.author)
    assert QualityIssue.objects.count() == 0


def test_the_form_of_an_issue_begins_with_what_is_known_of_the_deviation(cast):
    with scope(cast.ours):
        found = deviation(cast, immediate_action="The site was called.")
    place = f"/o/northwind/quality-events/deviations/{found.number}/"
    assert f'href="{place}issue/"' in browse(cast.author).get(place).content.decode()
    assert f'href="{place}issue/"' not in browse(cast.reader).get(place).content.decode()
    form = browse(cast.author).get(f"{place}issue/").context["form"]
    told = {name: form[name].value() for name in ("title", "containment", "detected_how", "scope", "site", "owner")}
    assert told == {
        "title": found.title, "containment": "The site was called.", "detected_how": "Protocol deviation PD-0001",
        "scope": "site", "site": found.site_id, "owner": cast.author.pk,
    }  # fmt: skip
    assert form["occurred_on"].value() == found.occurred_on


def test_several_are_classified_at_once_with_a_record_each(cast, ours):
    approved(cast, repeat_count=0)
    found = [deviation(cast), deviation(cast), classified(cast)]
    judged = {"category": CONSENT, "importance": "important", "rationale": "Amendment 2."}
    done = services.classify_many(found, actor=cast.study_manager, values=judged, reason="Amendment 2.")
    assert [(each.category, each.importance, each.state) for each in done] == [(CONSENT, "important", "assessment")] * 3
    with pytest.raises(Denied):
        services.classify_many(found, actor=cast.author, values=judged, reason="No.")


def test_a_specification_and_a_freeze_are_printed_with_all_they_judge(cast, ours):
    held = approved(cast)
    categories = dict(content_of(held, cast.qa).parts)["Categories"]
    assert len(categories) == len(START)
    first = "No valid consent before the first procedure: important; confirmed by the medical monitor"
    assert categories[0] == ("Consent", f"{first}, for it concerns safety")
    found = classified(cast)
    printed = dict(content_of(frozen(cast), cast.qa).parts)
    assert printed["Classification as it stands now"] == [(found.number, f"{WINDOW}: Not important")]


def test_who_signs_as_medical_monitor_is_blinded(cast, ours):
    approved(cast)
    found = frozen(cast, cast.statistician)
    with pytest.raises(Denied):
        take_any_step(found, "freeze", actor=cast.qa, credentials=credentials(cast.qa))
    assert found.state == "prepared"


def test_nobody_who_is_blinded_sees_what_tells_who_received_what(cast):
    with scope(cast.ours):
        found = deviation(cast, unblinded=True)
        assert [exists_for(person, found) for person in (cast.blinded, cast.qa, cast.statistician)] == [
            False, False, True,
        ]  # fmt: skip
    page = f"/o/northwind/quality-events/deviations/{found.number}/"
    assert [browse(person).get(page).status_code for person in (cast.medical_monitor, cast.statistician)] == [404, 200]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Patient Anna Berg came late", "a name"),
        ("Mrs Berg came late", "a name"),
        ("seen by A.B. at noon", "initials"),
        ("initials: AMB", "initials"),
        ("born 12.03.1961, came late", "a date of birth"),
        ("DOB 1961-03-12", "a date of birth"),
    ],
)
def test_what_may_identify_a_participant_is_questioned(text, what):
    [said] = doubts(text)
    assert said.endswith(f"looks like {what}.")


@pytest.mark.parametrize("text", ["Participant 1002-014 came on 12.03.2026", "E.g. at night", "Visit 8 of ICH E6(R3)"])
def test_codes_and_days_of_visits_are_not_questioned(text):
    assert doubts(text) == []


def test_a_code_holds_a_digit_and_is_no_date():
    assert [is_code(text) for text in ("1002-014", "S7", "AMB", "12.03.1961", "Anna Berg", "")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_the_page_questions_names_and_takes_the_answer(cast):
    client, page = browse(cast.author), "/o/northwind/quality-events/deviations/new/"
    with scope(cast.ours):
        at = study().pk
    sent = {
        "title": "Came late", "description": "Patient Anna Berg came late.", "study": at, "discovered_on": "2026-01-12",
        "aware_at": "2026-01-12T10:00", "owner": cast.author.pk, "subject_code": "AMB",
    }  # fmt: skip
    answer = client.post(page, sent)
    assert answer.status_code == 422
    assert "“Patient Anna Berg” looks like a name." in words(answer)
    assert "it holds a digit" in words(answer)
    assert client.post(page, {**sent, "subject_code": "1002-014", "no_identity": "on"}).status_code == 302
    with scope(cast.ours):
        assert ProtocolDeviation.objects.get().subject_code == "1002-014"


def test_the_demo_world_has_a_specification_and_deviations_judged_by_it(world, monkeypatch):
    monkeypatch.setattr("quality_events.deviations.demo.PASSWORD", PASSWORD)
    people = {who: getattr(world, who) for who in ("author", "study_manager", "medical_monitor", "qa")}
    demo.build(world.ours, people)
    with scope(world.ours):
        newest = list(ProtocolDeviation.objects.order_by("pk").values_list("state", flat=True))[-4:]
    assert newest == ["assessment", "assessment", "assessment", "logged"]


def test_what_is_logged_after_five_working_days_says_so_on_its_page_and_in_the_list(cast):
    known = timezone.now() - dt.timedelta(days=30)
    with scope(cast.ours):
        early, late = deviation(cast), deviation(cast, aware_at=known)
        assert [each.was_late for each in (early, late)] == [False, True]
        assert late.log_due_on == current_settings().after_working_days(day_of(known), 5)
    client, here = browse(cast.qa), "/o/northwind/quality-events/deviations/"
    assert "Late it was due by" in words(client.get(f"{here}{late.number}/"))
    assert "it was due by" not in words(client.get(f"{here}{early.number}/"))
    narrowed = words(client.get(f"{here}?logged=late"))
    assert (late.number in narrowed, early.number in narrowed) == (True, False)
    assert "Log it within 5 working days" in words(client.get(f"{here}new/"))


def test_a_corrected_moment_of_awareness_tells_anew_whether_it_was_logged_in_time(cast, ours):
    late = deviation(cast, aware_at=timezone.now() - dt.timedelta(days=30))
    values = {"aware_at": timezone.now() - dt.timedelta(hours=1)}
    how = {"actor": cast.author, "revision": late.revision, "reason": "The mail came today."}
    assert not services.change_deviation(late, values=values, **how).was_late
