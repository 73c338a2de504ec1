"""Every address of the portal, and what stands in its holes for the real records of the world."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

from cqms.access.models import AccessReview, RoleAssignment, RoleRequest
from cqms.api.models import ApiToken
from cqms.attachments.models import Attachment
from cqms.comments.models import Comment
from cqms.configuration.models import VersionOfSettings
from cqms.jobs.models import Job
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope
from cqms.redactions.models import Redaction
from cqms.reports.models import Report
from cqms.signatures.content import signatures_of
from cqms.trail_reviews.models import TrailComment
from documents.models import PeriodicReview
from studies.models import ProtocolVersion, Study
from tests.cast import Cast
from tests.contracts import events
from tests.world import building as worlds

ROOTS = ("cqms.urls", "cqms.portal.urls_mounted")
_TITLES = ("EFFECTIVE", "APPROVED", "IN_APPROVAL", "IN_REVIEW", "DRAFT", "PLAN", "HIDDEN")


def known_calls() -> set[tuple[str, str]]:
    """Every URL by name, namespaces included, with each method that its view answers."""
    return {
        (name, method) for root in ROOTS for name, entry in entries(get_resolver(root)) for method in _methods(entry)
    }


def entries(resolver: Any, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL below a resolver by its name, namespaces included."""
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from entries(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}", entry


def _methods(entry: URLPattern) -> Iterator[str]:
    """What the view of an address answers; a function says nothing of itself and is called by GET."""
    view, actions = getattr(entry.callback, "view_class", None), getattr(entry.callback, "actions", None)
    offered = actions or [name for name in ("get", "post") if hasattr(view, name)]
    yield from (name.upper() for name in offered or ["get"] if name != "head")  # the framework adds it


def values_of(organization: Organization, cast: Cast) -> dict[str, Any]:
    """What stands in the holes of addresses for one organization."""
    ours = organization == cast.ours
    reader, author = (cast.reader, cast.author) if ours else (cast.second_outsider, cast.outsider)
    with scope(organization):
        studies = Study.objects.order_by("pk")
        versions = {title.lower(): worlds.version_of(getattr(worlds, title)) for title in _TITLES}
        review, comment = PeriodicReview.objects.get(), TrailComment.objects.select_related("review").get()
        return {
            **{title: version.document.number for title, version in versions.items()},
            **{f"{title}_revision": version.revision for title, version in versions.items()},
            "document": versions["effective"].document.pk,
            "document_revision": versions["effective"].document.revision,
            "study": studies[0].number,
            "other_study": studies.last().number,
            "study_revision": studies[0].revision,
            "study_id": studies[0].pk,
            "scheme_revision": studies[0].closed_revision,
            "version": versions["effective"].pk,
            "signature": signatures_of(versions["effective"])[-1].pk,
            "file": Attachment.objects.get(record_kind="studies.study").pk,
            "remark": Comment.objects.get(record_kind="studies.study").pk,
            "site": studies[0].sites.get().number,
            "site_revision": studies[0].sites.get().revision,
            "person": reader.pk,
            "member": Membership.objects.get(user=reader).pk,
            "member_revision": Membership.objects.get(user=reader).revision,
            "wish": RoleRequest.objects.get().pk,
            "wish_revision": RoleRequest.objects.get().revision,
            "access_review": AccessReview.objects.earliest("pk").pk,
            "access_review_revision": AccessReview.objects.earliest("pk").revision,
            "asked_right": AccessReview.objects.earliest("pk").answers[0]["assignment"],
            "trail_review": comment.review.number,
            "trail_review_revision": comment.review.revision,
            "entry": comment.entry_id,
            "comment": comment.pk,
            "comment_revision": comment.revision,
            "redaction": Redaction.objects.filter(state="prepared").earliest("pk").number,
            "redaction_revision": Redaction.objects.filter(state="prepared").earliest("pk").revision,
            "role": RoleAssignment.objects.filter(user=reader).earliest("pk").pk,
            "job": Job.objects.get(kind="reports.export_trail").pk,
            "report": Report.objects.get().number,
            "protocol_revision": ProtocolVersion.objects.get().revision,
            "settings_revision": VersionOfSettings.objects.get(number=1).revision,
            **{name: value for each in events.TYPES for name, value in each.values().items()},
            "review": review.pk,
            "review_revision": review.revision,
            "token": ApiToken.objects.filter(user=author).earliest("pk").pk,
        }


def missing_values(own: dict[str, Any]) -> dict[str, Any]:
    """What nobody has, in the shape of what somebody has."""
    blank: dict[type, Any] = {int: 123_456_789, str: "NO-4711", uuid.UUID: uuid.UUID(int=4711)}
    return {name: blank[type(value)] for name, value in own.items()}
