"""The index says what the records say, for every kind, and every kind is found by its number and leads to its page."""

import pytest

from cqms.organizations.scope import scope
from cqms.search.kinds import kinds
from cqms.search.models import SearchEntry
from cqms.search.selectors import found
from cqms.search.services import differences
from cqms.ui import addresses
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
