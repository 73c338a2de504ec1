"""Migrations on a narrow state end where Django's own end, and no model on the way holds on to one that is gone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations import executor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from cqms.history.migration_state import NarrowState, narrowly


@pytest.fixture(scope="module")
def migrations() -> list[Any]:
    """Every migration there is, in the order in which they are applied."""
    loader = MigrationLoader(None)
    steps: dict[Any, None] = {}
    for leaf in loader.graph.leaf_nodes():
        steps |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return [loader.graph.nodes[step] for step in steps]


def rendered(state: ProjectState, migrations: list[Any]) -> ProjectState:
    """The state after all of them, its models made after each operation as it is done on a database."""
    _ = state.apps
    for migration in migrations:
        migration.mutate_state(state, preserve=False)
    return state


def relations(state: ProjectState) -> Iterator[tuple[str, str, str, bool]]:
    """Model, field, what it leads to, and whether that is the model of today; from both ends."""
    for model in state.apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=True):
            if isinstance(other := field.related_model, type) and issubclass(other, models.Model):
                label = other._meta.label_lower
                yield model._meta.label_lower, field.name, label, state.apps.get_model(label) is other


def test_no_model_is_tied_to_one_that_is_gone(migrations):
    found = sorted(relations(rendered(NarrowState(), migrations)))
    assert [each for each in found if not each[3]] == []
    plain = ProjectState()
    for migration in migrations:
        plain = migration.mutate_state(plain, preserve=False)
    assert found == sorted(relations(plain))


def test_a_change_of_one_model_makes_few_anew(migrations):
    state = rendered(NarrowState(), migrations)
    narrow = state._find_reload_model("documents", "periodicreview")
    assert narrow == {("documents", "periodicreview")}
    plain = ProjectState(models=state.models, real_apps=set())
    assert len(plain._find_reload_model("documents", "periodicreview")) > len(state.models) / 3


def test_copies_are_narrow_and_the_executor_begins_with_one():
    assert type(NarrowState().clone()) is NarrowState
    with narrowly():
        assert executor.ProjectState is NarrowState
    assert executor.ProjectState is ProjectState


def test_every_app_of_ours_is_walked(migrations):
    walked = {migration.app_label for migration in migrations}
    assert {
        each.label for each in apps.get_app_configs() if each.models_module and any(each.get_models())
    } - walked == (set())
