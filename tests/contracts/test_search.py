"""The index says what the records say, for every kind, and every kind is found by its number and leads to its page."""

from functools import partial, reduce
from operator import or_

import pytest
from django.db.models import Q

from cqms.organizations.scope import scope
from cqms.search.kinds import kinds
from cqms.search.models import SearchEntry
from cqms.search.selectors import found
from cqms.search.services import differences
from cqms.ui import addresses
from documents.selectors import SOUGHT, documents_for
from quality_events.selectors import entries_of_events, events_for, sought_in
from quality_events.types import types
from quality_events.views.lists import EveryEvent
from tests.world import building as worlds

KINDS = sorted(kinds())


def test_every_entry_is_what_its_record_says(world):
    for organization in (world.ours, world.theirs):
        with scope(organization):
            assert list(differences()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_world_has_a_record_of_each_kind_and_it_is_found(world, kind):
    with scope(world.ours):
        entry = SearchEntry.objects.filter(kind=kind).earliest("pk")
        assert entry.pk in [hit.pk for hit in found(world.quality_head, entry.number, kind=kind)]
        record = kinds()[kind].records().get(pk=entry.record_id)
        assert addresses.address_of(kind, record) != "", "register the address of its page"


@pytest.mark.parametrize("who", ["quality_head", "reader", "guest", "blinded", "administrator", "outsider"])
def test_nobody_finds_what_another_organization_wrote(world, who):
    with scope(world.ours):
        assert found(getattr(world, who), worlds.THEIR_WORD) == []
        seen = {entry.record_id for entry in found(getattr(world, who), worlds.OUR_WORD)}
    assert [pk for pk in seen if worlds.THEIR_IDS <= pk < worlds.OUR_LATER_IDS] == []


READERS = ("quality_head", "statistician", "author", "reader", "guest", "administrator", "outsider")
ODD_WORDS = ("a", "é", "%", "_", "\\", "2026-0", "zzzz", "' OR 1=1 --", "a" * 200)


def lists():
    """Each list of many rows: its rows for a reader, and where it looks for words."""
    found = {each.kind: (partial(events_for, each.model), sought_in(each.model)) for each in types()}
    every = EveryEvent().sought
    return found | {"documents.document": (documents_for, SOUGHT), "every event": (entries_of_events, every)}


@pytest.mark.parametrize("name", sorted(lists()))
def test_whatever_a_list_looks_in_stands_in_the_index(world, name):
    rows_for, sought = lists()[name]
    with scope(world.ours):
        lacking = []
        for row in rows_for(world.quality_head):
            key = {"pk": row.pk} if sought.of_entries else {"kind": name, "record_id": row.pk}
            entry = SearchEntry.objects.get(**key)
            known = (entry.number, entry.title, *([entry.text] if sought.with_text else []))
            lacking += [
                (row, field) for field in sought.fields if not any(getattr(row, field) in each for each in known)
            ]
    assert lacking == []


@pytest.mark.parametrize("name", sorted(lists()))
def test_a_list_finds_exactly_the_rows_that_hold_the_words_whether_the_index_names_them_or_not(world, name):
    """For each reader, in their lanes and at their places: named by the index, met while reading, and by plain LIKE."""
    rows_for, sought = lists()[name]
    with scope(world.ours):
        title, number = rows_for(world.quality_head).values_list("title", "number").first()
        looked_for = (title, title[1:8], title[-5:].upper(), title[:4].lower(), number, number[-4:], *ODD_WORDS)
    found = []
    for who in READERS:
        with scope(world.ours):
            rows = rows_for(getattr(world, who))
            for words in looked_for:
                plain = set(rows.filter(_plainly(sought.fields, words)).values_list("pk", flat=True))
                asked = set(sought.narrow(rows, words).values_list("pk", flat=True))
                sought.learn(words, True, None)
                met = set(sought.narrow(rows, words).values_list("pk", flat=True))
                assert (asked, met) == (plain, plain), (who, words)
                found += plain
    assert found != []


def _plainly(fields, words: str) -> Q:
    return reduce(or_, [Q(**{f"{field}__icontains": words}) for field in fields])
