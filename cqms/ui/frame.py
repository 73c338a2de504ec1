"""What stands around every page: rail, organizations, reader. Computed only when a template asks for it."""

import re
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.ui import rail, times
from cqms.ui.component import Component
from cqms.ui.menus import Option

MOUNT = re.compile(r"o/[^/]+/$")


def outside_prefix() -> str:
    """The script prefix without the organization's mount: where the pages outside organizations begin."""
    return MOUNT.sub("", get_script_prefix())


def outside_url(name: str, *args: object) -> str:
    """The address of a page outside organizations (sign-in, account), also from inside one."""
    return outside_prefix() + reverse(name, args=args).removeprefix(get_script_prefix())


@dataclass(frozen=True)
class RailLink:
    """An entry as the page shows it: `first` begins a new group."""

    entry: rail.Entry
    url: str
    tally: int
    first: bool


class Frame:
    """The frame of one request; every part tolerates a page without a person or an organization."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def reader(self) -> User | None:
        """The signed-in person, None on a page for everybody."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def reader_name(self) -> str:
        """The printed name of the reader, blank on a page for everybody."""
        return self.reader.get_full_name() if self.reader else ""

    @cached_property
    def organization(self) -> object | None:
        """The organization whose pages these are."""
        return getattr(self.request, "organization", None)

    @cached_property
    def watermark(self) -> str:
        """What an inspector's pages carry: for whom they were shown, and when; blank for everybody else."""
        if self.reader is None or self.organization is None or not reach_of(self.reader).is_inspector:
            return ""
        return f"Inspection copy for {self.reader}, {timezone.now():%Y-%m-%d %H:%M} UTC"

    @cached_property
    def memberships(self) -> list[tuple[object, str]]:
        """The organizations of the reader with the address of each."""
        found = getattr(self.request, "memberships", None) or []
        return [(each.organization, f"{outside_prefix()}o/{each.organization.slug}/") for each in found]

    @cached_property
    def rail(self) -> list[RailLink]:
        """The rail's links for this reader."""
        links: list[RailLink] = []
        for entry in rail.entries(self.request):
            first = bool(links) and links[-1].entry.order // 100 != entry.order // 100
            links.append(RailLink(entry, reverse(entry.url_name), rail.count(entry.key, self.request), first))
        return links

    @cached_property
    def inbox(self) -> int:
        """How many things await the reader."""
        return rail.count("inbox", self.request)

    @cached_property
    def account(self) -> list[Option]:
        """What the reader's menu offers besides signing out."""
        return rail.account(self.request) if self.reader else []

    @cached_property
    def switchers(self) -> list[Component]:
        """Menus in the top bar, such as the study switcher."""
        return rail.switchers(self.request) if self.organization else []

    @cached_property
    def home(self) -> str:
        """Where the brand leads: the organization's home, or the first page outside."""
        return get_script_prefix() if self.organization else outside_prefix()

    @cached_property
    def inbox_url(self) -> str:
        """Where `g i` leads; blank without an inbox."""
        return next((link.url for link in self.rail if link.entry.key == "inbox"), "")

    @cached_property
    def search_url(self) -> str:
        """The page that answers a search inside this organization, blank while there is none."""
        name = rail.search_url_name()
        return reverse(name) if name and self.organization else ""

    @cached_property
    def zone(self) -> str:
        """The zone in which this page shows moments: "Europe/Berlin, UTC+01:00"."""
        return f"{timezone.get_current_timezone_name()}, UTC{times.offset(timezone.localtime())}"
