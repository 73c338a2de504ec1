"""Is it a serious breach? Fixed questions, one outcome, and the reason for it: a decision table as code.

The first rule that applies decides. What is unclear counts as serious until it is ruled out: who has reasonable
grounds notifies first and investigates in parallel. `VERSION` stands in each record, so that an outcome can be
reproduced from its answers and the table they were judged by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db import models

VERSION = 1


class Answer(models.TextChoices):
    """An answer to a question of the assessment."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNCLEAR = "unclear", "Unclear"


class Outcome(StrEnum):
    """What the answers lead to. `EITHER` leaves the decision to who signs it."""

    INCOMPLETE = "Not answered yet"
    SERIOUS = "A serious breach"
    PRESUMED = "Presumed to be a serious breach"
    EITHER = "To be decided by who signs"
    NOT_SERIOUS = "Not a serious breach"


@dataclass(frozen=True)
class Question:
    """One question, and why it is asked."""

    key: str
    words: str
    why: str


QUESTIONS = (
    Question("departs", "Does it depart from the protocol, good clinical practice or the law?",
             "Without a departure there is no breach."),
    Question("in_scope", "Is the trial authorised in one of the places named above?",
             "A breach elsewhere counts too, if the trial is authorised there."),
    Question("safety", "Is it likely to affect the safety of a participant to a significant degree?",
             "It need not have happened: likely is enough."),
    Question("rights", "Is it likely to affect the rights of a participant to a significant degree?",
             "Consent, privacy, the right to withdraw."),
    Question("reliability", "Is it likely to affect how reliable and robust the data are to a significant degree?",
             "Ask what the conclusions of the trial would rest on."),
    Question("systematic", "Is it repeated, systematic or deliberate?",
             "Many small departures, or an intended one, can weigh as much as a large one."),
)  # fmt: skip
_IMPACTS = {"safety": "the safety of a participant", "rights": "the rights of a participant", "reliability": "the data"}

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """An outcome, the number of the rule that led to it, and why in a sentence."""

    outcome: Outcome
    rule: int
    why: str

    @property
    def may_confirm(self) -> bool:
        """Whether it can be confirmed as serious."""
        return self.outcome in (Outcome.SERIOUS, Outcome.PRESUMED, Outcome.EITHER)

    @property
    def may_dismiss(self) -> bool:
        """Whether it can be found not serious."""
        return self.outcome in (Outcome.NOT_SERIOUS, Outcome.EITHER)


@dataclass(frozen=True)
class _Rule:
    applies: Callable[[Answers], bool]
    outcome: Outcome
    why: Callable[[Answers], str]


def judge(answers: Answers) -> Judged:
    """What the answers lead to. Any question may be missing or blank."""
    given = {each.key: answers.get(each.key, "") for each in QUESTIONS}
    for number, rule in enumerate(_RULES, 1):
        if rule.applies(given):
            return Judged(rule.outcome, number, rule.why(given))
    raise AssertionError("the last rule applies to everything")


def _named(answers: Answers, answer: Answer) -> str:
    names = [words for key, words in _IMPACTS.items() if answers[key] == answer]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _unclear(answers: Answers) -> str:
    asked = [each.words for each in QUESTIONS if answers[each.key] == Answer.UNCLEAR and each.key != "systematic"]
    return f"What is unclear counts as serious until it is ruled out. Unclear: {' '.join(asked)}"


_RULES = (
    _Rule(lambda a: not all(a.values()), Outcome.INCOMPLETE,
          lambda a: f"{sum(not each for each in a.values())} of {len(QUESTIONS)} questions are not answered."),
    _Rule(lambda a: a["departs"] == Answer.NO, Outcome.NOT_SERIOUS,
          lambda _: "Nothing departs from the protocol, good clinical practice or the law: there is no breach."),
    _Rule(lambda a: a["in_scope"] == Answer.NO, Outcome.NOT_SERIOUS,
          lambda _: "The trial is not authorised in a place with this duty. Other reports may be due there."),
    _Rule(lambda a: any(a[key] == Answer.YES for key in _IMPACTS), Outcome.SERIOUS,
          lambda a: f"It is likely to affect {_named(a, Answer.YES)} to a significant degree."),
    _Rule(lambda a: any(a[each.key] == Answer.UNCLEAR for each in QUESTIONS if each.key != "systematic"),
          Outcome.PRESUMED, _unclear),
    _Rule(lambda a: a["systematic"] != Answer.NO, Outcome.EITHER,
          lambda _: "No significant effect is likely, but it is, or may be, repeated, systematic or deliberate: who"
                    " signs decides, and says why."),
    _Rule(lambda _: True, Outcome.NOT_SERIOUS,
          lambda _: "It departs from the rules, but no significant effect on participants or data is likely."),
)  # fmt: skip
