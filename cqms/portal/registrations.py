"""What the portal adds to the frame of every page, and where it tells the layers below its addresses."""

from django.http import HttpRequest
from django.urls import reverse

from cqms.access.models import RoleAssignment
from cqms.attachments.models import Attachment
from cqms.audit.models import kind_of
from cqms.comments.models import Comment
from cqms.inbox.selectors import count_of
from cqms.jobs import pages
from cqms.jobs.models import Job
from cqms.organizations.models import Membership
from cqms.portal import kept
from cqms.portal.mails import is_written_to_files
from cqms.portal.policies import may_inspect, may_read_trail
from cqms.portal.selectors import administered
from cqms.ui import addresses, guide, rail
from cqms.ui import kept as keeping
from cqms.ui.frame import outside_url


def register() -> None:
    """Called once when the app is ready."""
    keeping.register(keeping.Keeper(kept.FIELD, kept.token, kept.take, kept.keep))
    pages.register(_page_of_job)
    addresses.register(kind_of(Membership), _page_of_member)
    addresses.register(kind_of(RoleAssignment), _page_of_role)
    addresses.register(kind_of(Attachment), _page_of_file)
    addresses.register(kind_of(Comment), _page_of_comment)
    _fill_rail()
    for key in ("home", "inbox", "timeline", "reports"):
        guide.register(guide.Topic(key, f"help/{key}.html"))
    rail.register_search("portal:search")
    rail.register_account(rail.AccountEntry("My account", "person", lambda _: outside_url("outside:account")))
    rail.register_account(rail.AccountEntry("API tokens", "link", lambda _: outside_url("outside:tokens")))


def _fill_rail() -> None:
    entry, inside, outside = rail.Entry, rail.inside_organization, _is_outside
    for each in (
        entry("home", "Home", "home", "portal:home", 100),
        entry("inbox", "Inbox", "inbox", "portal:inbox", 110, count=lambda request: count_of(request.user)),
        entry("timeline", "Audit trail", "history", "portal:timeline", 800,
              allowed=lambda request: inside(request) and may_read_trail(request.user)),
        entry("reports", "Reports", "report", "portal:reports", 810,
              allowed=lambda request: inside(request) and may_inspect(request.user)),
        entry(guide.KEY, "Help", "help", "portal:help", 990),
        entry("start", "Your organizations", "organization", "outside:start", 100, allowed=outside),
        entry("inbox_everywhere", "Inbox", "inbox", "outside:inbox", 110, allowed=outside),
        entry("account", "My account", "person", "outside:account", 200, allowed=outside),
        entry("factors", "Second factors", "lock", "outside:factors", 205, allowed=outside),
        entry("sessions", "Sessions", "shield", "outside:sessions", 207, allowed=outside),
        entry("sign_ins", "Sign-in history", "history", "outside:sign_ins", 210, allowed=outside),
        entry("tokens", "API tokens", "link", "outside:tokens", 220, allowed=outside),
        entry("mail", "Mail", "mail", "outside:mails", 300, allowed=_reads_mail),
    ):  # fmt: skip
        rail.register(each)


def _is_outside(request: HttpRequest) -> bool:
    reader = getattr(request, "user", None)
    return reader is not None and reader.is_authenticated and getattr(request, "organization", None) is None


def _reads_mail(request: HttpRequest) -> bool:
    if not (is_written_to_files() and _is_outside(request)):
        return False
    return bool(administered(request.user, [each.organization for each in request.memberships]))


def _page_of_job(job: Job) -> str:
    path: str = job.organization.path("portal:job", key=job.pk)
    return path


def _page_of_member(member: Membership) -> str:
    return reverse("portal:member", kwargs={"member": member.pk})


def _page_of_file(part: Attachment) -> str:
    return f"{addresses.address_of(part.record_kind, part.record)}#files"


def _page_of_comment(part: Comment) -> str:
    return f"{addresses.address_of(part.record_kind, part.record)}#comments"


def _page_of_role(role: RoleAssignment) -> str:
    return _page_of_member(Membership.objects.get(user=role.user_id))
