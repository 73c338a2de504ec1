"""Keeping views and choices of lists, and writing into the trail what left the portal as a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.jobs.models import Job
from cqms.jobs.services import enqueue
from cqms.lists.models import ListChoice, SavedView
from cqms.lists.policies import may_change_view, may_share
from cqms.organizations.models import Membership

EXPORT = "lists.export"
MOST_VIEWS = 50
_LONGEST_NAME, _LONGEST_QUERY = 60, 2000


@dataclass(frozen=True)
class Exported:
    """A list that left the portal as a file: what was shown, in words, and the SHA-256 of the file."""

    title: str
    kind: str
    rows: int
    filters: str
    columns: str
    sha256: str


def save_view(person: User, list_key: str, *, name: str, query: str, shared: bool) -> SavedView:
    """Keep what is shown under a name of the person's own.

    Raises ValidationError for a name that is blank, too long or taken, Denied for sharing without the right to.
    """
    if shared:
        may_share.demand(person)
    if len(query) > _LONGEST_QUERY:
        raise ValidationError({"name": "The search is too long to be kept. Search for fewer words."})
    if SavedView.objects.filter(owner=person, list_key=list_key).count() >= MOST_VIEWS:
        raise ValidationError({"name": f"You have {MOST_VIEWS} views of this list. Delete one you do not need."})
    view = SavedView(list_key=list_key, owner=person, name=_clean(name), query=query, is_shared=shared)
    return _store(view)


def change_view(view: SavedView, *, actor: User, name: str, shared: bool, query: str | None = None) -> SavedView:
    """Rename a view, share it or not, and let it show something else. Raises Denied, ValidationError."""
    may_change_view.demand(actor, view)
    if shared and not view.is_shared:
        may_share.demand(actor)
    view.name, view.is_shared = _clean(name), shared
    view.query = view.query if query is None else query[:_LONGEST_QUERY]
    return _store(view)


def delete_view(view: SavedView, *, actor: User) -> None:
    """Delete a view for everybody; lists that opened with it open with everything again. Raises Denied."""
    may_change_view.demand(actor, view)
    view.delete()


def choose_columns(person: User, list_key: str, columns: Sequence[str]) -> None:
    """Remember the columns the person wants; none means the list's own."""
    ListChoice.objects.update_or_create(person=person, list_key=list_key, defaults={"columns": list(columns)})


def choose_default(person: User, list_key: str, view: SavedView | None) -> None:
    """Let the list open with a view for this person, or with everything."""
    ListChoice.objects.update_or_create(person=person, list_key=list_key, defaults={"default_view": view})


def note_export(actor: User, exported: Exported) -> None:
    """Write into the trail that a member took a list out as a file (ICH E6(R3) 4.2.2(a)(iii))."""
    rows = f"{exported.rows:,} {'row' if exported.rows == 1 else 'rows'}"
    facts = {
        "Filter": exported.filters, "Columns": exported.columns, "Rows": str(exported.rows),
        "SHA-256 of the file": exported.sha256,
    }  # fmt: skip
    audit.append(
        Membership.objects.get(user=actor),
        actor=actor,
        verb="export",
        sentence=f"exported the list “{exported.title}” as {exported.kind}, {rows}",
        changes=[{"field": "", "label": label, "old": "", "new": value} for label, value in facts.items()],
    )


def request_export(actor: User, *, title: str, kind: str, path: str, query: str) -> Job:
    """Have a list with many rows written by a worker: the list at `path` of the organization, as `query` shows it."""
    return enqueue(EXPORT, actor=actor, label=f"{title} as {kind}", path=path, query=query)


def _clean(name: str) -> str:
    words = " ".join(name.replace("\x00", "").split())
    if not words:
        raise ValidationError({"name": "Give the view a name."})
    if len(words) > _LONGEST_NAME:
        raise ValidationError({"name": f"A name has at most {_LONGEST_NAME} characters."})
    return words


def _store(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ValidationError({"name": f"There is a view “{view.name}” already. Choose another name."}) from error
    return view
