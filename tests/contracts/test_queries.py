"""Every list asks the database the same number of times, whether it shows few rows or many."""

import datetime as dt
from dataclasses import replace
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from cqms.access.models import ReviewState
from cqms.administration import settings_life
from cqms.administration.reviews import REVIEW, open_campaign, reviews
from cqms.attachments.kinds import MARKDOWN
from cqms.attachments.services import attach
from cqms.audit.models import Lane
from cqms.configuration.selectors import current_settings, proposed
from cqms.organizations.scope import scope
from cqms.portal import parts
from cqms.portal.role_requests import Wish, ask_for_role
from cqms.ui.views import ListPage
from studies.conduct.services import (
    Count,
    ProtocolFacts,
    add_protocol_version,
    note_participants,
    set_milestone,
)
from studies.models import MilestoneKind
from studies.services import SiteFacts, add_site
from tests.cast import PEOPLE
from tests.contracts import events
from tests.contracts.addresses import ROOTS, entries
from tests.days import today
from tests.platform.asking import asking
from tests.platform.browsing import browse
from tests.world import building as worlds

MOST = 12
"""How often a list may ask the database, whoever reads it."""

# name → who reads, address with few rows, with more of them, how often the database is asked
SEARCHED = {
    "studies:list": ("qa", "/o/northwind/studies/?q=Heron", "/o/northwind/studies/?q=Northwind", 12),
    "documents:list": ("qa", "/o/northwind/documents/?q=Calibration", "/o/northwind/documents/?q=Juniper", 12),
    "portal:members": ("administrator", "/o/northwind/members/?q=Rita", "/o/northwind/members/?q=cast.test", 11),
    "administration:rights": (
        "administrator",
        "/o/northwind/administration/rights/?q=Rita",
        "/o/northwind/administration/rights/?q=cast",
        12,
    ),
    "api:studies": ("qa", "studies/?q=Heron", "studies/?q=Northwind", 8),
    "api:documents": ("qa", "documents/?q=Calibration", "documents/?q=Juniper", 10),
    "api:search": ("qa", "search/?q=Calibration", "search/?q=Juniper", 9),
    "trail_reviews:list": ("qa", "/o/northwind/trail-reviews/?q=NW-101", "/o/northwind/trail-reviews/?q=trail", 11),
    "api:versions": ("qa", "documents/SOP-0002/versions/", "documents/SOP-0001/versions/", 9),
    "api:reviews": ("qa", "documents/SOP-0002/reviews/", "documents/SOP-0001/reviews/", 9),
}

# name → who reads, address; each time the world is filled there is one row more
FILLED = {
    "api:access_reviews": ("administrator", "access-reviews/", 8),
    "api:settings": ("administrator", "settings/", 8),
    "api:trail_reviews": ("qa", "trail-reviews/", 8),
    "api:sites": ("qa", "studies/NW-101/sites/", 9),
    "api:comments": ("qa", "records/studies.study/1/comments/", 9),
    "api:files": ("qa", "records/studies.study/1/files/", 9),
    "api:milestones": ("qa", "studies/NW-101/milestones/", 9),
    "api:protocols": ("qa", "studies/NW-101/protocol-versions/", 9),
    "api:participants": ("qa", "studies/NW-101/participants/", 9),
    "administration:requests": ("quality_head", "/o/northwind/administration/requests/", 11),
    "administration:reviews": ("administrator", "/o/northwind/administration/reviews/", 10),
    "portal:reports": ("qa", "/o/northwind/reports/", 12),
    "outside:tokens": ("qa", "/account/tokens/", 5),
    "outside:sign_ins": ("qa", "/account/sign-ins/", 6),
    "redactions:list": ("qa", "/o/northwind/redactions/", 11),
    "api:redactions": ("qa", "redactions/", 8),
}
SEARCHED |= {name: row for each in events.TYPES for name, row in each.SEARCHED.items()}
FILLED |= {name: row for each in events.TYPES for name, row in each.FILLED.items()}


def asked(world, who: str, path: str) -> tuple[int, int]:
    """How often the database is asked for an address, and how long the answer is.

    What a process or a session asks once is asked before. The number beside the Inbox is remembered until the minute
    ends: of two answers in a row at most one is at the turn of a minute.
    """
    person = getattr(world, who)
    get = browse(person).get if path.startswith("/") else asking(person, world.ours).get
    get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            answer = get(path)
        assert answer.status_code == 200
        counts.append(len(queries))
    return min(counts), len(answer.content)


def test_every_list_is_counted():
    views = {name: entry.callback for root in ROOTS for name, entry in entries(get_resolver(root))}
    pages = {name for name, view in views.items() if issubclass(getattr(view, "view_class", object), ListPage)}
    answers = {name for name, view in views.items() if "list" in (getattr(view, "actions", None) or {}).values()}
    assert (pages | answers) - {*SEARCHED, *FILLED} == set(), (
        "Count the queries of this list here, with 1 row and more."
    )


@pytest.mark.parametrize("name", SEARCHED)
def test_a_list_costs_the_same_with_one_row_and_with_more(world, name):
    who, one, many, queries = SEARCHED[name]
    (first, short), (second, long) = asked(world, who, one), asked(world, who, many)
    assert short < long, "the second answer shows no more rows than the first"
    assert (first, second) == (queries, queries)


def test_nobody_asks_more_than_twelve_times_for_a_list(own_world):
    """Counted as people ask: in transactions of their own, and for everybody who sees the list."""
    world = worlds.look_up()
    asked_too_often = {}
    for name, (_, path, _, _) in SEARCHED.items():
        for who in PEOPLE:
            if not path.startswith("/") or browse(getattr(world, who)).get(path).status_code != HTTPStatus.OK:
                continue
            queries, _ = asked(world, who, path)
            if queries > MOST:
                asked_too_often[name, who] = queries
    assert asked_too_often == {}


def fill(world, number: str) -> None:
    """One row more in every growing list."""
    players = worlds.our_players(world)
    worlds.fill_reports(world.ours, players)
    worlds.fill_people(world.ours, players)
    worlds.fill_trail_reviews(world.ours, players)
    worlds.fill_redactions(world.ours, players)
    with scope(world.ours):
        for each in events.TYPES:
            each.fill(world)
        facts = SiteFacts(number=number, name=f"Clinic {number}", country="DE", status="open")
        wish = Wish(players.adviser, {"02": "auditor", "03": "training_coordinator"}[number], reason="Stands in.")
        ask_for_role(wish, actor=players.adviser)
        for review in reviews().filter(state=ReviewState.OPEN):
            REVIEW.perform(review, "lapse", actor=None)
        open_campaign(f"Rights {number}", due_on=today() + dt.timedelta(days=20), actor=world.administrator)
        study = worlds.study_of_world()
        add_site(study, facts, actor=players.lead)
        parts.say(study, f"Clinic {number} is open.", actor=players.author, lane=Lane.GENERAL)
        attach(study, b"# Clinic", name=f"Clinic {number}.md", actor=players.lead, allowed=[MARKDOWN])
        counts = [Count(study.sites.earliest("pk"), dt.date(2026, 3 + int(number), 1), 1, 1)]
        note_participants(study, counts, actor=players.lead)
        kind = {"02": MilestoneKind.REPORT, "03": MilestoneKind.ARCHIVED}[number]
        set_milestone(study, kind, "2029", "", actor=players.lead, revision=0)
        add_protocol_version(study, ProtocolFacts(f"{number}.0", dt.date(2026, 5, 1)), actor=players.lead)
        propose_other_settings(world, number)


def propose_other_settings(world, number: str) -> None:
    """One version more: the one that waits is declined first."""
    waiting = proposed()
    settings_life.decline(waiting, actor=world.qa, revision=waiting.revision, reason="Not needed.")
    wanted = replace(current_settings(), idle_minutes=10 + int(number))
    settings_life.propose(wanted, reason="Sooner.", actor=world.administrator)


def test_a_growing_list_costs_the_same(world):
    """All lists in one world, so that it is filled twice and not twice for each of them."""
    first = {name: asked(world, who, path) for name, (who, path, _) in FILLED.items()}
    for number in ("02", "03"):
        fill(world, number)
    second = {name: asked(world, who, path) for name, (who, path, _) in FILLED.items()}
    not_longer = [name for name in FILLED if first[name][1] >= second[name][1]]
    assert not_longer == [], "the second answer shows no more rows than the first"
    wanted = {name: (queries, queries) for name, (_, _, queries) in FILLED.items()}
    assert {name: (first[name][0], second[name][0]) for name in FILLED} == wanted
