"""Quality assurance looks again at some of the deviations that were closed as not important (B2)."""

import hashlib
import re

import pytest

from cqms.audit.models import AuditEvent
from cqms.configuration.rules import Settings
from cqms.deadlines.selectors import open_deadlines_about
from quality_events.deviations import sampling
from quality_events.deviations.sampling import DRAWN, NOT_DRAWN, SHARE, Draw
from tests.quality_events.test_deviations import approved, classified, step


def first_seed(drawn):
    """The first number that, as a seed, draws the first deviation or spares it."""
    return next(seed for seed in map(str, range(1000)) if Draw(seed, "PD-0001", 10).drawn == drawn)


def finished(cast, monkeypatch, seed):
    approved(cast)
    monkeypatch.setattr(sampling, "new_seed", lambda: seed)
    found = step(classified(cast), "act", cast.author, impact="None.", action="The site was told.")
    return step(found, "finish", cast.author)


def told(deviation):
    return AuditEvent.objects.get(verb__in=(DRAWN, NOT_DRAWN), record_id=deviation.pk)


def test_one_that_is_not_drawn_ends_and_the_trail_tells_the_draw(cast, ours, monkeypatch):
    seed = first_seed(drawn=False)
    found = finished(cast, monkeypatch, seed)
    assert (found.state, told(found).sentence) == (
        "closed", f"was not drawn for the sample of quality assurance: seed {seed}, 10 of 100",
    )  # fmt: skip


def test_one_that_is_drawn_waits_for_quality_assurance_which_closes_it(cast, ours, monkeypatch):
    found = finished(cast, monkeypatch, first_seed(drawn=True))
    assert (found.state, told(found).sentence[:31]) == ("qa_review", "was drawn for the sample of qua")
    assert [each.kind for each in open_deadlines_about(found)] == ["deviations.close"]
    assert step(found, "close", cast.qa).state == "closed"


def test_or_sends_it_back_to_be_judged_anew(cast, ours, monkeypatch):
    found = finished(cast, monkeypatch, first_seed(drawn=True))
    again = step(found, "reclassify", cast.qa, "It is important.", importance="important", category=found.category,
                 rationale="The dose was missed.")  # fmt: skip
    assert (again.state, again.importance) == ("assessment", "important")


def test_one_that_was_sent_back_does_not_escape_by_a_second_draw(cast, ours, monkeypatch):
    found = finished(cast, monkeypatch, first_seed(drawn=True))
    found = step(found, "back", cast.qa, "Say what the site was told.")
    monkeypatch.setattr(sampling, "new_seed", lambda: first_seed(drawn=False))
    assert step(found, "finish", cast.author).state == "qa_review"


def test_anybody_can_draw_again_from_what_the_trail_tells(cast, ours, monkeypatch):
    found = finished(cast, monkeypatch, sampling.new_seed())
    seed, share = re.search(r"seed (\w+), (\d+) of 100$", told(found).sentence).groups()
    fraction = int(hashlib.sha256(f"{seed}:{found.number}".encode()).hexdigest()[:16], 16) / 2**64
    assert (fraction < int(share) / 100) == (found.state == "qa_review")


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (10, 850, 1150), (100, 10_000, 10_000)])
def test_about_the_share_is_drawn_and_none_or_all_at_its_ends(share, least, most):
    drawn = sum(Draw("a seed", f"PD-{number:04}", share).drawn for number in range(10_000))
    assert least <= drawn <= most


def test_the_share_is_a_setting_of_the_organization():
    assert (Settings().figure(SHARE), Settings(tables={SHARE: "25"}).figure(SHARE)) == (10, 25)
