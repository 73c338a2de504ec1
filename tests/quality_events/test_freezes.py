"""Freezes: signed by three, and nothing is classified or moved behind them (ICH E9)."""

import json
import threading
import time

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.models import Lane
from cqms.audit.refusals import Blocked, Refused
from cqms.organizations.scope import scope
from cqms.portal import lanes
from cqms.signatures.content import signatures_of, verify
from quality_events.deviations import selectors, services
from quality_events.deviations.models import Freeze, ProtocolDeviation
from quality_events.deviations.reports import listing_of
from quality_events.services import take_step as take_any_step
from studies.models import Study
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.platform.committed import at_once
from tests.quality_events.players import happened
from tests.quality_events.test_deviations import CONSENT, WINDOW, approved, classified, deviation, frozen, step, study
from tests.world.building import credentials


def test_after_the_freeze_of_three_nothing_is_classified_any_more(cast, ours):
    approved(cast)
    logged, judged = deviation(cast), classified(cast)
    with pytest.raises(Blocked, match="not classified yet: PD-0001"):
        frozen(cast, cast.study_manager)
    step(logged, "void", cast.qa, reason="Logged twice.")
    take_any_step(Freeze.objects.get(), "withdraw", actor=cast.study_manager, reason="Counted again.")
    found = frozen(cast)
    assert (found.state, found.deviations, found.important) == ("frozen", 1, 0)
    with pytest.raises(Blocked, match="is frozen by CF-0002"):
        step(judged, "reclassify", cast.qa, reason="Late.", category=CONSENT, importance="important", rationale="X")
    with pytest.raises(ValidationError, match="Nothing was classified since CF-0002 was signed"):
        frozen(cast)


def test_a_deviation_that_is_reopened_after_the_freeze_keeps_its_classification(cast, ours):
    approved(cast)
    judged = step(classified(cast), "act", cast.author, impact="None.", action="The site was called.")
    closed = step(judged, "finish", cast.author)
    closed = step(closed, "close", cast.qa) if closed.state == "qa_review" else closed
    frozen(cast)
    again = step(closed, "reopen", cast.qa, "The action was not done.")
    assert (again.state, again.category) == ("assessment", WINDOW)
    with pytest.raises(Blocked, match="is frozen by CF-0001"):
        step(again, "reclassify", cast.qa, reason="Late.", category=CONSENT, importance="important", rationale="X")


def test_no_deviation_is_moved_into_or_out_of_what_is_classified_or_frozen(cast, ours):
    approved(cast)
    other, waiting = Study.objects.get(number="NW-202"), deviation(cast)
    elsewhere = services.log_deviation(
        {**happened(study=other, site=other.sites.get()), "title": "Logged there"}, actor=cast.author
    )
    judged = classified(cast)

    def move(row, study):
        values = {"study": study, "site": study.sites.get(), "protocol": None}
        how = {"actor": cast.author, "revision": row.revision, "reason": "Wrong study."}
        return services.change_deviation(row, values=values, **how)

    with pytest.raises(ValidationError, match="It is classified by the specification of NW-101"):
        move(judged, other)
    assert move(waiting, other).study == other
    frozen(cast)
    for row, target in ((judged, other), (elsewhere, study())):
        with pytest.raises(ValidationError, match="The classification of NW-101 is frozen"):
            move(row, target)
    assert selectors.content_of(study()).sha256 == Freeze.objects.get().content_sha256


def one_after_the_other(organization, first, *others):
    """Each in a transaction of its own; the others begin when the first has done all but commit. How they are refused."""
    done, answers = threading.Event(), []

    def before():
        with scope(organization):
            first()
            done.set()
            time.sleep(0.4)

    def behind(act):
        done.wait(20)
        try:
            with scope(organization):
                act()
        except (Refused, ValidationError) as refusal:
            answers.append(str(refusal))

    at_once(before, *(lambda act=act: behind(act) for act in others))
    return sorted(answers)


@pytest.mark.commits
def test_while_a_freeze_is_signed_nothing_is_moved_into_the_study_and_nothing_is_judged_there(company):
    cast = company
    with scope(cast.ours):
        approved(cast)
        other, judged = Study.objects.get(number="NW-202"), classified(cast)
        two = [
            services.log_deviation({**happened(study=other, site=other.sites.get())}, actor=cast.author) for _ in "ab"
        ]
        ready = frozen(cast, cast.study_manager, cast.medical_monitor)

    def sign():
        proof = credentials(cast.statistician)
        services.take_freeze_step(ready, "freeze", actor=cast.statistician, credentials=proof)

    def move(row):
        values = {"study": study(), "site": study().sites.get(), "protocol": None}
        services.change_deviation(row, actor=cast.author, values=values, revision=row.revision, reason="Wrong study.")

    def judge_anew():
        step(judged, "reclassify", cast.qa, "Late.", category=CONSENT, importance="important", rationale="Read again.")

    [waited] = one_after_the_other(cast.ours, lambda: move(two[0]), sign)
    assert f"not classified yet: {two[0].number}" in waited
    with scope(cast.ours):
        step(ProtocolDeviation.objects.get(pk=two[0].pk), "void", cast.qa, "Logged twice.")
    judging, moving = one_after_the_other(cast.ours, sign, lambda: move(two[1]), judge_anew)
    assert ("The classification of this study is frozen" in judging, "of NW-101 is frozen" in moving) == (True, True)
    with scope(cast.ours):
        assert selectors.content_of(study()).sha256 == Freeze.objects.get().content_sha256


def test_a_freeze_tells_nobody_who_is_blinded_of_what_they_may_not_see(cast, ours):
    approved(cast)
    classified(cast)
    hidden = deviation(cast, unblinded=True)
    with pytest.raises(Blocked, match=f"not classified yet: {hidden.number}"):
        frozen(cast, cast.study_manager, cast.medical_monitor, cast.statistician)
    found = Freeze.objects.get()
    assert (found.state, found.deviations, len(signatures_of(found))) == ("prepared", 1, 2)
    for who in (cast.study_manager, cast.medical_monitor):
        assert hidden.number not in words(browse(who).get(page(cast.ours, f"/quality-events/freezes/{found.number}/")))


JUDGED = {"category": WINDOW, "importance": "not_important", "rationale": "As the specification proposes."}
ANEW = {"category": CONSENT, "importance": "important", "rationale": "Read again."}


def test_what_is_found_after_a_freeze_is_classified_after_it_and_made_final_by_an_amendment_of_three(cast, ours):
    approved(cast)
    before = classified(cast)
    first = frozen(cast)
    late = step(deviation(cast), "classify", cast.study_manager, **JUDGED)
    assert (before.classified_after, late.classified_after) == (None, first)
    late = step(late, "reclassify", cast.study_manager, "It was read again.", **ANEW)
    amendment = frozen(cast, cast.study_manager, cast.medical_monitor)
    assert (amendment.amends, amendment.deviations, amendment.important) == (first, 2, 1)
    with pytest.raises(ValidationError, match="CF-0002 is prepared already: sign it, or withdraw it first"):
        frozen(cast)
    proof = credentials(cast.statistician)
    services.take_freeze_step(amendment, "freeze", actor=cast.statistician, credentials=proof)
    for freeze, amends in ((first, None), (amendment, first.pk)):
        signed = [json.loads(each.content)["fields"]["amends"] for each in signatures_of(freeze)]
        assert signed == [amends] * 3
    for row in (before, late):
        with pytest.raises(Blocked, match="is frozen by CF-0002"):
            step(row, "reclassify", cast.qa, reason="Late.", **ANEW)
    assert all(verify(each, first).holds for each in signatures_of(first))


def test_an_amendment_waits_until_everything_is_classified_and_is_withdrawn_when_more_is(cast, ours):
    approved(cast)
    frozen(cast)
    waiting, late = deviation(cast), step(deviation(cast), "classify", cast.study_manager, **JUDGED)
    with pytest.raises(Blocked, match=f"not classified yet: {waiting.number}"):
        frozen(cast, cast.study_manager)
    prepared = Freeze.objects.get(state="prepared")
    step(waiting, "classify", cast.study_manager, **JUDGED)
    with pytest.raises(Blocked, match="The classification changed since this was prepared"):
        services.take_freeze_step(
            prepared, "freeze", actor=cast.study_manager, credentials=credentials(cast.study_manager)
        )
    services.take_freeze_step(prepared, "withdraw", actor=cast.study_manager, reason="One more was found.")
    assert frozen(cast).amends == Freeze.objects.get(number="CF-0001") == late.classified_after


def test_no_lane_opens_what_is_frozen_and_none_closes_what_was_found_later(cast, ours):
    """The lane says who may see a deviation, the freeze how it is classified."""
    approved(cast)
    judged, hidden = classified(cast), classified(cast, unblinded=True)
    frozen(cast)
    late, later = deviation(cast), deviation(cast, unblinded=True)
    for row, lane in ((judged, Lane.UNBLINDED), (hidden, Lane.GENERAL), (late, Lane.UNBLINDED), (later, Lane.GENERAL)):
        lanes.reclassify(row, lane, actor=cast.statistician, reason="It tells the arm, or does not any more.")
    for row, who in ((judged, cast.statistician), (hidden, cast.qa)):
        with pytest.raises(Blocked, match="is frozen by CF-0001"):
            step(ProtocolDeviation.objects.get(pk=row.pk), "reclassify", who, reason="Late.", **ANEW)
    for row, who in ((late, cast.statistician), (later, cast.qa)):
        done = step(ProtocolDeviation.objects.get(pk=row.pk), "classify", who, **JUDGED)
        assert done.classified_after.number == "CF-0001"


def test_the_pages_say_what_a_freeze_means_for_lanes_for_late_ones_and_for_what_is_listed(cast):
    with scope(cast.ours):
        approved(cast)
        judged, late = classified(cast), None
        frozen(cast)
        late = step(deviation(cast), "classify", cast.study_manager, **JUDGED)
    client = browse(cast.qa)

    def shown(path):
        return words(client.get(page(cast.ours, path)))

    def lane_of(row):
        return shown(f"/records/deviations.protocoldeviation/{row.pk}/lane/")

    assert "CF-0001 is signed: its classification stays what it is in every lane." in lane_of(judged)
    assert "CF-0001 is signed: in every lane this counts as classified after it." in lane_of(late)
    told = "Classified after the freezeCF-0001, not final until an amendment is signed"
    assert told in shown(f"/quality-events/deviations/{late.number}/")
    assert "CF-0001 is signed: it counts as classified after it" in shown(
        f"/quality-events/deviations/{late.number}/steps/reclassify/"
    )
    assert "Classified after it1 in the general lane" in shown("/quality-events/freezes/CF-0001/")
    narrowed = shown("/quality-events/deviations/?late=yes")
    assert (late.number in narrowed, judged.number in narrowed) == (True, False)
    with scope(cast.ours):
        frozen(cast, cast.study_manager)
        assert f"{late.number} {late.title}" in (listed := listing_of(study(), cast.qa).body)
        assert listed.count("Classified after CF-0001.") == 1
        assert "frozen by CF-0001; 1 classified after it, not final until an amendment is signed" in listed
    assert "CF-0002 waits for signatures over what stands in the general lane" in lane_of(judged)
    assert "AmendsCF-0001" in shown("/quality-events/freezes/CF-0002/")
