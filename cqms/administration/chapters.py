"""The pages of administration in groups, each with who may use it."""

from dataclasses import dataclass

from django.urls import reverse

from cqms.access.policies import Policy
from cqms.accounts.models import User
from cqms.administration.policies import is_no_guest, may_decide_about_roles, may_propose_settings, may_see_settings
from cqms.portal.policies import may_administer
from cqms.ui.components import Links, Panel
from cqms.ui.items import Related


@dataclass(frozen=True)
class Entry:
    """A page: its title, its address, what it is for, who may use it."""

    title: str
    url_name: str
    sub: str
    policy: Policy


_CHAPTERS: dict[str, tuple[Entry, ...]] = {
    "People": (
        Entry("Members", "portal:members", "Who belongs here, with which roles.", may_administer),
        Entry("What each role allows", "portal:roles", "The fixed set of roles.", may_administer),
        Entry("Rights", "administration:rights", "Who holds what, in every study; and why.", may_administer),
        Entry("Requests for roles", "administration:requests", "Roles that two people give.", may_decide_about_roles),
        Entry("Access reviews", "administration:reviews", "Is every right still needed?", may_decide_about_roles),
        Entry("Segregation of duties", "administration:duties", "What one person does not do together.", is_no_guest),
    ),
    "Organization": (
        Entry("Settings", "administration:settings", "What holds here, each version approved.", may_see_settings),
        Entry("Sign-in provider", "administration:provider", "Where your people sign in.", may_propose_settings),
    ),
}  # fmt: skip


def chapters_for(reader: User) -> list[Panel]:
    """The groups with what the reader may use; empty groups are left out."""
    found = []
    for title, entries in _CHAPTERS.items():
        rows = [Related(each.title, reverse(each.url_name), sub=each.sub) for each in entries if each.policy(reader)]
        if rows:
            found.append(Panel(title, Links(rows), flush=True))
    return found
