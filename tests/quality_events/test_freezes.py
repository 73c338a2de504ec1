"""Freezes: signed by three, and nothing is classified or moved behind them (ICH E9)."""

import threading
import time

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.refusals import Blocked, Refused
from cqms.organizations.scope import scope
from cqms.signatures.content import signatures_of
from quality_events.deviations import selectors, services
from quality_events.deviations.models import Freeze, ProtocolDeviation
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
    with pytest.raises(Blocked, match="is frozen"):
        step(judged, "reclassify", cast.qa, reason="Late.", category=CONSENT, importance="important", rationale="X")
    with pytest.raises(ValidationError, match="prepared or signed already"):
        frozen(cast)


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


def test_what_is_hidden_from_a_freeze_can_still_be_classified_once(cast, ours):
    approved(cast)
    frozen(cast)
    late, hidden = deviation(cast), deviation(cast, unblinded=True)
    judged = {"category": WINDOW, "importance": "not_important", "rationale": "As the specification proposes."}
    with pytest.raises(Blocked, match="is frozen"):
        step(late, "classify", cast.study_manager, **judged)
    done = step(hidden, "classify", cast.statistician, **judged)
    with pytest.raises(Blocked, match="is frozen"):
        step(done, "reclassify", cast.statistician, reason="Late.", **judged)
