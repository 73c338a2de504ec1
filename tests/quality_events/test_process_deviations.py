"""A procedure is not followed: logged, graded, closed by who may; or leave for a time, given before it begins (B2)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from cqms.access.services import give_role
from cqms.audit.guard import tracked_models
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Denied
from cqms.deadlines.selectors import open_deadlines_about
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope, scope_cache, today
from cqms.records import naming
from cqms.signatures.content import signatures_of, verify
from quality_events import presentation, reports
from quality_events.capas.models import Capa
from quality_events.intake import services as intake
from quality_events.process_deviations import services
from quality_events.process_deviations.models import ProcessDeviation
from quality_events.selectors import links_of
from quality_events.services import change_event
from quality_events.types import types
from studies.models import Study
from tests.days import today
from tests.documents.players import effective
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.quality_events.players import happened
from tests.world.building import credentials

GRADED = {"severity": "minor", "rationale": "Nobody was affected."}
DECIDED = {"investigation": "No reminder was set.", "decision": "correction", "action": "A reminder is set."}
HERE = "/o/northwind/quality-events/process-deviations/"


def logged(actor, **other):
    said = {"requirement": "Section 4", "study": Study.objects.get(number="NW-101")}
    return services.log_deviation(happened(**{**said, **other}), actor=actor)


def asked(actor, first=3, last=33, **other):
    days = {"valid_from": today() + dt.timedelta(days=first), "valid_until": today() + dt.timedelta(days=last)}
    said = {"timing": "planned", "occurred_on": None, "justification": "The house is closed."}
    return logged(actor, **{**said, **days, **other})


def body_of(answer):
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def step(record, key, person, reason="", **values):
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))


def decided(cast, **graded):
    found = step(logged(cast.author), "classify", cast.qa, **{**GRADED, "owner": cast.author, **graded})
    return step(found, "act", cast.author, **DECIDED)


def test_the_owner_alone_closes_what_is_minor(cast, ours):
    found = decided(cast)
    with pytest.raises(Denied):
        step(found, "close_minor", cast.qa, outcome="Done.")
    with pytest.raises(ValidationError) as refused:
        step(found, "close_minor", cast.author)
    assert refused.value.message_dict == {"outcome": ["Say what was done, and what came of it."]}
    found = step(found, "close_minor", cast.author, outcome="The reminder came.")
    assert (found.number, found.state, signatures_of(found)) == ("DEV-0001", "closed", [])
    assert open_deadlines_about(found) == []


@pytest.mark.parametrize("grade", ["major", "critical"])
def test_what_is_graded_higher_is_closed_by_a_signature_of_quality_assurance(cast, ours, grade):
    found = decided(cast, severity=grade)
    with pytest.raises(Blocked, match="quality assurance closes it"):
        step(found, "close_minor", cast.author, outcome="Done.")
    found = step(found, "submit", cast.author, outcome="The reminder came.")
    with pytest.raises(Denied):
        step(found, "close", cast.author)
    found = step(found, "back", cast.qa, reason="Show it.")
    found = step(step(found, "submit", cast.author, outcome="It came twice."), "close", cast.qa)
    [signature] = signatures_of(found)
    assert (found.state, signature.meaning, signature.signer_name, verify(signature, found).holds) == (
        "closed", "closed", "Quentin Abara", True,
    )  # fmt: skip
    told = Notification.objects.get(kind="process_deviations.close", person=cast.author)
    assert told.subject == "DEV-0001 that you reported: closed"


def test_a_grade_has_grounds_a_place_in_a_procedure_and_the_impact_it_names(cast, ours):
    found = logged(cast.author, requirement="")
    for values, name in (
        ({"severity": "major"}, "rationale"),
        (GRADED, "requirement"),
        ({**GRADED, "requirement": "4", "affects_data": True}, "impact"),
    ):
        with pytest.raises(ValidationError) as refused:
            step(found, "classify", cast.qa, **values)
        assert list(refused.value.message_dict) == [name]
    assert step(found, "classify", cast.qa, **GRADED, requirement="4").state == "assessment"


def test_what_is_logged_after_five_working_days_says_so(cast, ours):
    early = logged(cast.author)
    day = today() - dt.timedelta(days=30)
    late = logged(cast.author, discovered_on=day, occurred_on=day)
    assert [each.was_late for each in (early, late)] == [False, True]
    assert "Late" in words(browse(cast.qa).get(f"{HERE}{late.number}/"))
    assert "Late" not in words(browse(cast.qa).get(f"{HERE}{early.number}/"))


def test_a_planned_deviation_is_approved_before_it_begins_and_ends(cast, ours):
    found = asked(cast.author)
    [deadline] = open_deadlines_about(found)
    assert (found.state, deadline.due_on) == ("requested", today() + dt.timedelta(days=2))
    with pytest.raises(Denied):
        step(found, "approve", cast.author)
    found = step(found, "approve", cast.qa)
    [signature] = signatures_of(found)
    assert (found.state, signature.meaning, verify(signature, found).holds) == ("approved", "qa_approved", True)
    [deadline] = open_deadlines_about(found)
    assert (deadline.label, deadline.due_on) == (
        "Say how it ended: DEV-0001", today() + dt.timedelta(days=38),
    )  # fmt: skip
    found = step(found, "end", cast.author, ending="The house is open again.")
    assert (found.state, verify(signature, found).holds, open_deadlines_about(found)) == ("ended", True, [])


def test_nobody_approves_what_they_asked_for_or_what_has_begun(cast, ours):
    mine = asked(cast.qa, owner=cast.author)
    with pytest.raises(Denied, match="does not approve it"):
        step(mine, "approve", cast.qa)
    begun = asked(cast.author, first=-1)
    with pytest.raises(Blocked, match="Its first day has passed"):
        step(begun, "approve", cast.qa)


def test_leave_is_limited_in_time_and_stays_as_it_was_approved(cast, ours):
    for days, name in (
        ({"valid_until": None}, "valid_until"),
        ({"first": 3, "last": 2}, "valid_until"),
        ({"first": 3, "last": 400}, "valid_until"),
        ({"justification": " "}, "justification"),
    ):
        with pytest.raises(ValidationError) as refused:
            asked(cast.author, **days)
        assert list(refused.value.message_dict) == [name]
    with pytest.raises(ValidationError, match="Only a planned deviation"):
        logged(cast.author, valid_from=today())
    found = step(asked(cast.author), "approve", cast.qa)
    longer = {"valid_until": found.valid_until + dt.timedelta(days=30)}
    with pytest.raises(ValidationError, match="end it, and request another one"):
        change_event(found, actor=cast.author, values=longer, revision=found.revision, reason="Longer.")


def test_a_decided_capa_is_opened_and_says_where_it_comes_from(cast, ours):
    found = step(logged(cast.author), "classify", cast.qa, **GRADED)
    step(found, "act", cast.author, **{**DECIDED, "decision": "capa"})
    assert [(each.source, each.title) for each in Capa.objects.all()] == [("process", found.title)]


def test_a_report_becomes_a_process_deviation_at_triage(cast, ours):
    report = intake.send_report({"description": "The SOP was read after the work."}, actor=cast.reader)
    kind = next(each for each in types() if each.space == "process_deviations")
    intake.take_step(report, "triage", actor=cast.qa, values={"type": kind, "owner": cast.author, "title": "Read late"})
    found = ProcessDeviation.objects.get()
    assert (found.title, found.state, found.timing, found.was_late) == ("Read late", "logged", "unplanned", False)
    assert [str(each.other) for each in links_of(found, cast.qa)] == [str(report.__class__.objects.get())]


def test_a_planned_one_without_its_days_is_told_beside_the_field(cast):
    typed = {
        "title": "Read late", "description": "Read after the work.", "timing": "planned", "owner": cast.author.pk,
        "discovered_on": today().isoformat(), "aware_at": "2026-01-12T10:00",
    }  # fmt: skip
    answer = browse(cast.author).post(f"{HERE}new/", typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors["valid_from"] == ["A planned deviation is limited in time: give both days."]
    with scope(cast.ours):
        assert ProcessDeviation.objects.count() == 0


# The document it names


def test_whom_the_document_does_not_exist_for_reads_that_one_is_named_and_not_which(cast):
    with scope(cast.ours):
        version = effective(cast)
        found = logged(cast.author, version=version)
    number = version.document.number
    places = (f"{HERE}{found.number}/", HERE, f"{HERE}?format=csv", f"/o/northwind/documents/{number}/{version.label}/")
    for who, told in ((cast.reader, [True, True, True, True]), (cast.guest, [False, False, False, False])):
        answers = [browse(who).get(place) for place in places]
        assert [number in body_of(answer) for answer in answers] == told, who
    assert "One that is not yours to see" in words(browse(cast.guest).get(places[0]))
    assert "Deviations from it DEV-0001" in words(browse(cast.reader).get(places[3]))
    place = f"process-deviations/{found.number}/"
    told = [asking(who, cast.ours).get(place).json()["version"] for who in (cast.reader, cast.guest)]
    assert told == [f"{number}/{version.label}", "hidden"]


def test_the_trail_names_the_document_in_an_entry_of_its_own(cast):
    with scope(cast.ours):
        version = effective(cast)
        found = logged(cast.author, version=version)
        entries = AuditEvent.objects.filter(record_kind="process_deviations.processdeviation").order_by("pk")
        [opened, named] = entries.values_list("sentence", "changes")
    assert (opened[0], named[0]) == ("opened the process deviation", "named the document")
    row = {"field": "version", "label": "document", "old": ""}
    assert [each for each in opened[1] if each["field"] == "version"] == [{**row, "new": "named"}]
    assert named[1] == [{**row, "new": str(version)}]
    past = f"/o/northwind/records/process_deviations.processdeviation/{found.pk}/as-of/"
    for who, told in ((cast.reader, True), (cast.guest, False)):
        assert (str(version) in words(browse(who).get(past))) is told


def test_who_may_not_see_the_document_keeps_it_when_they_change_the_rest(cast):
    with scope(cast.ours):
        version = effective(cast)
        found = logged(cast.author, version=version, owner=cast.guest)
        give_role(cast.guest, "author", actor=cast.administrator, at=found.study)
        scope_cache().clear()
    form = browse(cast.guest).get(f"{HERE}{found.number}/edit/").context["form"]
    assert "version" not in form.fields
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    typed |= {"title": "Read late", "owner": cast.guest.pk, "reason": "Clearer."}
    assert browse(cast.guest).post(f"{HERE}{found.number}/edit/", typed).status_code == 302
    with scope(cast.ours):
        found.refresh_from_db()
        assert (found.title, found.version) == ("Read late", version)


def test_a_printed_report_that_names_the_document_is_for_who_may_see_it(cast, ours):
    version = effective(cast)
    found = logged(cast.author, version=version)
    printed = reports.report_of(found, presentation.content_of(found, cast.qa))
    assert version.document.number in printed.body
    assert printed.names == {f"documents.version:{version.pk}"}
    printed = reports.report_of(found, presentation.content_of(found, cast.guest))
    assert version.document.number not in printed.body
    assert (printed.names, printed.reaches) == (frozenset(), (("studies.study", found.study_id),))


def test_every_field_that_names_what_need_not_exist_says_for_whom_it_does():
    named = {(model, name) for model in tracked_models() for name in model.named_fields}
    assert {(each.model, each.field) for each in naming.registered()} == named
