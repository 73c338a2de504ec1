"""The files and the comments of a record as its page shows them: only those in lanes the reader may see."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cqms.attachments.models import Attachment
from cqms.attachments.services import attachments_of, may_remove
from cqms.audit.models import Lane, kind_of
from cqms.comments.models import Comment
from cqms.comments.selectors import comments_on
from cqms.portal import parts
from cqms.portal.lanes import may_reclassify
from cqms.portal.policies import may_inspect
from cqms.records.models import PartOfRecord
from cqms.ui import panels, times
from cqms.ui.atoms import Badge, Button
from cqms.ui.panels import PanelContext


def register(kind: str, takes: parts.Takes) -> None:
    """Let records of a kind take files and comments, and show both on their page; called when its app is ready."""
    parts.register(kind, takes)
    panels.register(kind, panels.Panel("portal/files_panel.html", files_panel, 80))
    panels.register(kind, panels.Panel("portal/comments_panel.html", comments_panel, 81))


def files_panel(request: HttpRequest, record: Any) -> PanelContext:
    """The files of a record."""
    may_add = parts.takes_of(record).may_add(request.user, record)
    new = Button("Add a file", icon="upload", href=place_of("portal:file_new", record)) if may_add else ""
    return {"files": [_file(each, record, request) for each in attachments_of(record, request.user)], "new": new}


def comments_panel(request: HttpRequest, record: Any) -> PanelContext:
    """What was said about a record."""
    may_say = parts.takes_of(record).may_say(request.user, record)
    new = Button("Write a comment", icon="edit", href=place_of("portal:comment_new", record)) if may_say else ""
    return {"comments": [_comment(each, record, request) for each in comments_on(record, request.user)], "new": new}


def place_of(view: str, record: Any, **more: int) -> str:
    """The address of a page about the files or comments of a record."""
    return reverse(view, kwargs={"kind": kind_of(record), "pk": record.pk, **more})


def _file(row: Attachment, record: Any, request: HttpRequest) -> dict[str, object]:
    facts = [row.label, filesizeformat(row.file.size), str(row.added_by or "")]
    acts = [("Remove", place_of("portal:file_remove", record, part=row.pk))] if may_remove(request.user, row) else []
    return {
        "id": f"file-{row.pk}",
        "href": place_of("portal:file", record, part=row.pk),
        "name": row.name,
        "facts": " · ".join(each for each in facts if each),
        "lane": lane_badge(row.lane),
        "acts": _links(row, [*acts, *_lane_act(row, record, request)]),
    }


def _comment(row: Comment, record: Any, request: HttpRequest) -> dict[str, object]:
    mine = row.author_id == request.user.pk
    acts = [("Take back", place_of("portal:comment_take_back", record, part=row.pk))] if mine else []
    return {
        "id": f"comment-{row.pk}",
        "who": str(row.author),
        "when": times.moment(row.written_at),
        "text": row.text,
        "lane": lane_badge(row.lane),
        "acts": _links(row, [*acts, *_lane_act(row, record, request)]),
    }


def _lane_act(row: PartOfRecord, record: Any, request: HttpRequest) -> list[tuple[str, str]]:
    if not (may_inspect(request.user) or may_reclassify(request.user, record)):
        return []
    return [("Who may see it", reverse("portal:record_access", kwargs={"kind": kind_of(row), "pk": row.pk}))]


def lane_badge(lane: str) -> Badge | str:
    """The lane of something that not everybody sees."""
    return "" if lane == Lane.GENERAL else Badge(Lane(lane).label, "warn", "lock")


def _links(row: PartOfRecord, acts: Sequence[tuple[str, str]]) -> SafeString:
    return format_html_join(
        " · ", '<a href="{}" aria-label="{}">{}</a>',
        ((href, format_html("{}: {}", label, row), label) for label, href in acts),
    )  # fmt: skip
