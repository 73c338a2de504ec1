"""The world itself keeps what it promises, or the contracts would look at nothing."""

import pytest
from django.db import connection

from cqms.organizations.scope import scope
from cqms.organizations.walls import scoped_models
from tests.world import building as worlds


@pytest.mark.parametrize("model", list(scoped_models()), ids=lambda model: model._meta.label_lower)
def test_both_organizations_have_a_row(world, model):
    for organization in (world.ours, world.theirs):
        with scope(organization), connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
            count = cursor.fetchone()[0]
        assert count, f"{organization} has no {model._meta.label_lower}: let tests/world/building.py make one."


def test_each_document_stands_in_its_state(world):
    for organization in (world.ours, world.theirs):
        with scope(organization):
            found = {title: worlds.version_of(title).state for title in worlds.state_of_each()}
        assert found == worlds.state_of_each()
