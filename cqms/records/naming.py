"""Fields that name another record, which need not exist for everybody who may read the one that names it.

Who may not know of it reads that something is named, never what: the trail tells it in an entry of its own, see
`TrackedModel.named_fields`, and that entry and the field of the past are there only for whom all that was ever named
there exists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.audit.past import states_naming
from cqms.audit.services import NAMES
from cqms.organizations.models import TrackedModel


@dataclass(frozen=True)
class Naming:
    """A field, and which of the records that it can name exist for a person."""

    model: type[TrackedModel]
    field: str
    existing: Callable[[User], Any]

    def unseen(self, reader: User) -> Any:
        """The rows of history that name what does not exist for the reader."""
        rows = states_naming(self.model, self.field)
        return rows.exclude(**{f"{self.field}__in": self.existing(reader).order_by().values("pk")})


_namings: list[Naming] = []


def register(naming: Naming) -> None:
    """Say which records a field can name exist for whom; called when an app is ready."""
    _namings.append(naming)


def registered() -> list[Naming]:
    """Every such field."""
    return list(_namings)


def entries_unseen(reader: User, subject: TrackedModel | None) -> Q:
    """The entries of the trail that name what does not exist for the reader.

    `subject` is the record on whose page they are told, if it is one record.
    """
    found = Q(pk__in=())
    for each in _namings:
        if subject is None or isinstance(subject, each.model) or kind_of(subject) in subject.anchors():
            rows = each.unseen(reader)
            rows = rows.filter(id=subject.pk) if isinstance(subject, each.model) else rows
            found |= Q(verb=NAMES, record_kind=kind_of(each.model), record_id__in=rows.values("id"))
    return found


def fields_unseen(reader: User, record: TrackedModel) -> frozenset[str]:
    """The fields of a record that ever named what does not exist for the reader."""
    mine = [each for each in _namings if isinstance(record, each.model)]
    return frozenset(each.field for each in mine if each.unseen(reader).filter(id=record.pk).exists())
