"""A quicker way through many migrations: after each operation only what could have become untrue is made anew.

Django renders, for every operation, whatever is related to the changed model over any number of steps. Here nearly
everything points to an organization and to people, so each of hundreds of operations rendered nearly all models.
What really holds on to a changed model is narrower: those that point to it or inherit from it, and those that point
to these. A model that it points to stays as it is; the new one announces itself there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db.migrations import executor
from django.db.migrations.state import ProjectState
from django.db.models import Model

Key = tuple[str, str]
"""The label of an app and the name of a model in small letters."""


class NarrowState(ProjectState):
    """The models as the migrations so far made them; what `delay` would leave to be made later is made at once."""

    def clone(self) -> "NarrowState":
        """A copy, as narrow as this one: Django's own makes a plain state."""
        copy = super().clone()
        copy.__class__ = NarrowState
        return cast("NarrowState", copy)

    def _find_reload_model(self, app_label: str, model_name: str, delay: bool = False) -> set[Key]:
        """Which models are made anew because that one changed.

        After a delay Django makes everything anew before people's code or the final state is reached: that is left
        to it, so that tables and content types come in the same order every time.
        """
        self.is_delayed = self.is_delayed or delay
        found, waiting = {(app_label, model_name)}, [(app_label, model_name)]
        while waiting:
            new = self._holding_on(waiting.pop()) - found
            found |= new
            waiting += new
        return found

    def _holding_on(self, key: Key) -> set[Key]:
        try:
            model = self.apps.get_model(*key)
        except LookupError:  # it is only being made
            return set()
        fields = model._meta.get_fields(include_parents=True, include_hidden=True)
        pointing = [field.related_model for field in fields if field.auto_created and not field.concrete]
        return {_key(each) for each in (*pointing, *model.__subclasses__()) if isinstance(each, type)}


def _key(model: type[Model]) -> Key:
    return model._meta.app_label, model._meta.model_name or ""


@contextmanager
def narrowly() -> Iterator[None]:
    """Within this, migrations are carried out on a NarrowState."""
    before = executor.ProjectState  # type: ignore[attr-defined]
    executor.ProjectState = NarrowState  # type: ignore[attr-defined]
    try:
        yield
    finally:
        executor.ProjectState = before  # type: ignore[attr-defined]
