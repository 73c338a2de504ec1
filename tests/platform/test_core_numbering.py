"""Numbers without gaps and without doubles, whoever else takes one and whoever gives theirs back."""

import random

import pytest

from cqms.numbering.models import Counter
from cqms.numbering.services import next_number
from cqms.organizations.scope import NoScope, scope
from tests.platform.committed import at_once
from tests.world import building as worlds

WRITERS, TURNS = 8, 6


class Undone(Exception):
    pass


def give_up_sometimes(chance: random.Random) -> None:
    if chance.random() < 0.4:
        raise Undone


def test_numbers_by_kind_and_year(world):
    with scope(world.ours):
        assert [next_number("TST") for _ in range(3)] == ["TST-0001", "TST-0002", "TST-0003"]
        assert next_number("TST", year=2026) == "TST-2026-0001"
        assert next_number("TST", year=2027, width=2) == "TST-2027-01"
        assert next_number("OTH") == "OTH-0001"
        assert next_number("TST") == "TST-0004"


def test_each_organization_counts_for_itself(world):
    with scope(world.ours):
        assert next_number("TST") == "TST-0001"
    with scope(world.theirs):
        assert next_number("TST") == "TST-0001"


def test_without_an_organization_there_is_no_number(world):
    with pytest.raises(NoScope):
        next_number("TST")


def test_a_number_grows_beyond_its_width(world):
    with scope(world.ours):
        Counter.objects.create(kind="TST", last=9999)
        assert next_number("TST") == "TST-10000"


def test_eight_writers_who_sometimes_give_up_leave_no_gap(own_world):
    organization = worlds.look_up().ours

    def write(seed: int) -> list[str]:
        chance, kept = random.Random(seed), []
        for _ in range(TURNS):
            try:
                with scope(organization):
                    number = next_number("TST")
                    give_up_sometimes(chance)
                kept.append(number)
            except Undone:
                continue
        return kept

    answers = at_once(*(lambda seed=seed: write(seed) for seed in range(WRITERS)))
    numbers = sorted(number for answer in answers for number in answer)
    assert numbers == [f"TST-{count:04d}" for count in range(1, len(numbers) + 1)]
    assert WRITERS < len(numbers) < WRITERS * TURNS
    with scope(organization):
        assert Counter.objects.get(kind="TST").last == len(numbers)
