"""Where else could this happen, or did it? Other events with the same words or category, as far as one may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Q

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.search.alike import Alike, Text, alike
from quality_events.counting import counted_types
from quality_events.models import EventLink, EventRecord
from quality_events.selectors import other_end
from quality_events.types import type_of

MOST = 10


@dataclass(frozen=True)
class Similar:
    """Another event that is like the one at hand, and whether the two are linked already."""

    found: Alike
    linked: bool

    @property
    def why(self) -> str:
        """What the two have in common, as a reason for a link."""
        words = ", ".join(self.found.words)
        same = "of the same category" if self.found.same_category else ""
        return f"Similar: {'; '.join(filter(None, [words, same])) or 'nearly the same title'}."


def is_compared(record: EventRecord | type[EventRecord]) -> bool:
    """Whether records of this type tell of something that can happen elsewhere."""
    return type_of(record) in counted_types()


def similar_events(record: Any, person: User) -> Sequence[Similar]:
    """The events most like this one, the nearest first; at most ten. Three queries beside the person's reach."""
    kinds = [each.kind for each in counted_types()]
    found = alike(person, _text_of(record), kinds=kinds, most=MOST)
    linked = _linked_with(record)
    return [Similar(each, (each.entry.kind, each.entry.record_id) in linked) for each in found]


def _text_of(record: Any) -> Text:
    """A category counts where it is written in words of its own: the values of a short fixed list say too little."""
    name = type_of(record).category
    fixed = bool(name) and bool(cast("Any", record._meta.get_field(name)).choices)
    category = getattr(record, name) if name and not fixed else ""
    return Text(kind_of(record), record.pk, record.title, record.description, category)


def _linked_with(record: Any) -> set[tuple[str, int]]:
    kind = kind_of(record)
    ends = Q(from_kind=kind, from_id=record.pk) | Q(to_kind=kind, to_id=record.pk)
    rows = EventLink.objects.filter(ends, withdrawn_at__isnull=True)
    return {other_end(row, kind, record.pk) for row in rows}
