"""The rules of serious breaches: every combination of answers, and the table of duties as approved data."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from cqms.administration import settings_life
from cqms.configuration.selectors import current_settings
from cqms.organizations.scope import scope
from quality_events.breaches import duties
from quality_events.breaches.assessment import QUESTIONS, Answer, Outcome, judge
from quality_events.breaches.clocks import clocks_of
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.quality_events import breaches as made
from tests.world.building import credentials

KEYS = tuple(each.key for each in QUESTIONS)
IMPACTS = ("safety", "rights", "reliability")
EVERY = [dict(zip(KEYS, answers, strict=True)) for answers in product(Answer.values, repeat=len(KEYS))]
_RANK = [Outcome.NOT_SERIOUS, Outcome.EITHER, Outcome.PRESUMED, Outcome.SERIOUS]


def test_every_combination_of_answers_has_one_outcome_and_says_why():
    assert Counter(judge(each).outcome for each in EVERY) == {
        Outcome.NOT_SERIOUS: 406, Outcome.SERIOUS: 228, Outcome.PRESUMED: 93, Outcome.EITHER: 2,
    }  # fmt: skip
    assert all(judge(each).why.endswith((".", "?")) for each in EVERY)
    assert all(judge(each).may_confirm or judge(each).may_dismiss for each in EVERY)


def test_a_worse_answer_about_the_effect_never_makes_it_less_serious():
    for answers in EVERY:
        for key in (*IMPACTS, "systematic"):
            worse = {**answers, key: "yes"}
            assert _RANK.index(judge(worse).outcome) >= _RANK.index(judge(answers).outcome), (answers, key)


@pytest.mark.parametrize(
    ("changes", "outcome", "rule", "why"),
    [
        ({"safety": ""}, Outcome.INCOMPLETE, 1, "1 of 6 questions are not answered."),
        ({"departs": "no", "safety": "yes"}, Outcome.NOT_SERIOUS, 2,
         "Nothing departs from the protocol, good clinical practice or the law: there is no breach."),
        ({"in_scope": "no", "safety": "yes"}, Outcome.NOT_SERIOUS, 3,
         "The trial is not authorised in a place with this duty. Other reports may be due there."),
        ({"safety": "yes", "reliability": "yes"}, Outcome.SERIOUS, 4,
         "It is likely to affect the safety of a participant and the data to a significant degree."),
        ({"safety": "yes", "in_scope": "unclear"}, Outcome.SERIOUS, 4,
         "It is likely to affect the safety of a participant to a significant degree."),
        ({"rights": "unclear"}, Outcome.PRESUMED, 5,
         ("What is unclear counts as serious until it is ruled out. Unclear: Is it likely to affect the rights of a"
         " participant to a significant degree?")),
        ({"systematic": "unclear"}, Outcome.EITHER, 6,
         ("No significant effect is likely, but it is, or may be, repeated, systematic or deliberate: who signs"
         " decides, and says why.")),
        ({}, Outcome.NOT_SERIOUS, 7,
         "It departs from the rules, but no significant effect on participants or data is likely."),
    ],
)  # fmt: skip
def test_the_first_rule_that_applies_decides(changes, outcome, rule, why):
    answers = {"departs": "yes", "in_scope": "yes", **dict.fromkeys((*IMPACTS, "systematic"), "no"), **changes}
    found = judge(answers)
    assert (found.outcome, found.rule, found.why) == (outcome, rule, why)


def test_each_place_names_its_start_its_period_and_whether_it_was_verified():
    rows = duties.read(duties.TABLE.founded)
    assert [(row.key, str(row.starts), str(row.period or ""), str(row.status)) for row in rows] == [
        ("EU", "awareness", "7 calendar days", "verified"),
        ("UK", "awareness", "7 calendar days", "verified"),
        ("AU", "confirmation", "7 calendar days", "verified"),
        ("AU-SITE", "source", "72 hours", "verified"),
        ("CH", "nothing", "", "unverified"),
        ("US", "nothing", "", "no such duty"),
    ]
    assert [row.key for row in rows if row.is_ours] == ["EU", "UK", "AU"]


_ROW = "XX | Somewhere | Them | Europe/Berlin | awareness | 7 days | verified | A law"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("XX | Somewhere", "Line 1 needs 8 cells: key, place, authority, zone, starts, period, status, source."),
        (f"{_ROW}\n\n{_ROW}", "“XX” stands in two lines. Each place has one."),
        (_ROW.replace("Europe/Berlin", "Mars"), "Line 1: “Mars” is no time zone."),
        (_ROW.replace("awareness", "whim"), "Line 1: a clock starts with awareness, confirmation, source, nothing."),
        (_ROW.replace("7 days", "soon"), "Line 1: write the period as “7 days”, “72 hours” or “none”."),
        (_ROW.replace("7 days", "0 days"), "Line 1: write the period as “7 days”, “72 hours” or “none”."),
        (_ROW.replace("verified", "sure"), "Line 1: the status is one of verified, unverified, no such duty."),
    ],
)
def test_a_wrong_row_is_named_by_its_line(text, said):
    with pytest.raises(ValueError, match="^" + said.replace("?", r"\?").replace("(", r"\(") + "$"):
        duties.check(text)


def test_a_place_is_changed_only_by_a_new_version_that_another_person_signs(cast):
    wanted = duties.TABLE.founded.replace(
        "CH | Switzerland | Swissmedic | Europe/Zurich | nothing | none | unverified | Ask regulatory affairs",
        "CH | Switzerland | Swissmedic | Europe/Zurich | awareness | 7 days | verified | Asked on 1 December",
    )
    with scope(cast.ours):
        record = made.breach(cast.author, jurisdictions=["CH"])
        assert [each.clock for each in clocks_of(record)] == [None]
    office = browse(cast.administrator)
    place = page(cast.ours, "/administration/settings/propose/")
    typed = {**office.get(place).context["form"].initial, "table:breaches.duties": wanted, "reason": "It was verified."}
    answer = office.post(place, typed)
    shown = words(office.get(answer["Location"]))
    assert (
        "Whom a serious breach is notified to, CH: Switzerland · Swissmedic · Europe/Zurich · nothing · none ·"
        " unverified · Ask regulatory affairs → Switzerland · Swissmedic · Europe/Zurich · awareness · 7 days ·"
        " verified · Asked on 1 December"
    ) in shown
    with scope(cast.ours):
        assert clocks_of(record)[0].clock is None
        version = settings_life.proposed()
        settings_life.approve(version, actor=cast.qa, revision=version.revision, credentials=credentials(cast.qa))
        assert current_settings().version == 1
        assert clocks_of(record)[0].clock is not None
        assert made.breach(cast.author, jurisdictions=["CH"]).duties_version == 1


def test_a_wrong_table_is_named_beside_its_field(cast):
    office = browse(cast.administrator)
    place = page(cast.ours, "/administration/settings/propose/")
    typed = {**office.get(place).context["form"].initial, "table:breaches.duties": "EU | Europe", "reason": "Less."}
    assert office.post(place, typed).context["form"].errors == {
        "table:breaches.duties": ["Line 1 needs 8 cells: key, place, authority, zone, starts, period, status, source."]
    }
    with scope(cast.ours):
        assert replace(current_settings(), version=0).table(duties.KEY) == duties.TABLE.founded
