"""What administration adds to the frame of every page and to the layers below."""

from django.http import HttpRequest

from cqms.access.models import AccessReview, RoleRequest
from cqms.administration import inbox, reviews
from cqms.administration.paths import request_path, review_path, version_path
from cqms.administration.policies import may_see_administration
from cqms.audit.models import kind_of
from cqms.configuration.models import VersionOfSettings
from cqms.inbox.rows import register as register_inbox
from cqms.portal import handover
from cqms.ui import addresses, guide, rail


def register() -> None:
    """Called once when the app is ready."""
    guide.register(guide.Topic("administration", "help/administration.html"))
    rail.register(
        rail.Entry("administration", "Administration", "admin", "administration:overview", 900, allowed=_administers)
    )
    addresses.register(kind_of(VersionOfSettings), version_path)
    addresses.register(kind_of(AccessReview), review_path)
    handover.register(
        handover.Kind("access_reviews", "Access reviews they answer", reviews.open_of, reviews.answer_on,
                      ("access.accessreview.reviewer",))
    )  # fmt: skip
    register_inbox("administration.review", inbox.waiting_reviews, personal=True)
    addresses.register(kind_of(RoleRequest), request_path)
    register_inbox("administration.settings", inbox.waiting_settings, personal=True)
    register_inbox("administration.request", inbox.waiting_requests, personal=True)


def _administers(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and may_see_administration(request.user)
