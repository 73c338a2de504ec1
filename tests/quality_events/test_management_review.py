"""A CAPA that is extended again and again goes to the management review (B5)."""

import datetime as dt

import pytest

from cqms.audit.models import AuditEvent
from cqms.configuration import rules
from cqms.configuration.rules import Settings
from cqms.configuration.words import changes, lines
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from quality_events.capas import services
from quality_events.capas.policies import MANAGEMENT_REVIEW
from quality_events.capas.selectors import running_deadline
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.quality_events import capa_players as players

SUBJECT = "CAPA-0001 was extended 3 times: it goes to the management review"
LABEL = "Extensions after which a CAPA goes to the management review"


def extend(cast, capa, times):
    for _ in range(times):
        day = running_deadline(capa).current_due.date() + dt.timedelta(days=10)
        asked = services.ask_extension(
            capa, actor=cast.author, due=day, why="Late.", interim_control="Two alarms.", risk="Low."
        )
        services.decide_extension(asked, actor=cast.quality_head, granted=True, reason="The control holds.")


def told(cast):
    return sorted(Notification.objects.filter(subject=SUBJECT).values_list("person__name", flat=True))


def test_the_third_extension_tells_the_heads_of_quality_once(cast, ours):
    capa = players.in_analysis(cast)
    extend(cast, capa, 2)
    assert told(cast) == []
    extend(cast, capa, 1)
    assert told(cast) == [cast.quality_head.name]
    extend(cast, capa, 1)
    assert told(cast) == [cast.quality_head.name]
    assert AuditEvent.objects.filter(verb="escalate", record_kind="capas.capa").count() == 1


def test_the_page_and_the_list_say_which_are_on_the_agenda(cast):
    with scope(cast.ours):
        extended, other = players.in_analysis(cast), players.in_analysis(cast, title="Another")
        extend(cast, extended, 3)
    client = browse(cast.quality_head)
    shown = {each: "On its agenda" in words(client.get(page(cast.ours, f"/quality-events/capas/{each.number}/")))
             for each in (extended, other)}  # fmt: skip
    assert shown == {extended: True, other: False}
    narrowed = words(client.get(page(cast.ours, "/quality-events/capas/?review=due")))
    assert (extended.number in narrowed, other.number in narrowed) == (True, False)


@pytest.mark.parametrize("typed", ["0", "21", "many", "", "-3", "3.5", "٣"])
def test_the_count_is_a_whole_number_within_its_bounds(typed):
    table = next(each for each in rules.tables() if each.key == MANAGEMENT_REVIEW)
    with pytest.raises(ValueError, match=r"Write a whole number from 1 to 20\."):
        table.check(typed)


def test_a_figure_is_told_and_compared_like_every_other_setting():
    founded, decided = Settings(), Settings(tables={MANAGEMENT_REVIEW: "5"})
    assert (founded.figure(MANAGEMENT_REVIEW), decided.figure(MANAGEMENT_REVIEW)) == (3, 5)
    assert [(each.group, each.words) for each in lines(decided) if each.label == LABEL] == [("Figures", "5")]
    assert [(each.label, each.old, each.new) for each in changes(founded, decided)] == [(LABEL, "3", "5")]
