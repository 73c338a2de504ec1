"""Where a request came from, as the trail of an account states it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class Where:
    """`device` is what the browser says it is."""

    address: str | None = None
    device: str = ""

    def words(self) -> dict[str, str | None]:
        """The same as arguments of `note_security`."""
        return {"address": self.address, "device": self.device}


NOWHERE = Where()


def address_of(request: HttpRequest) -> str | None:
    """The address the request came from. Over https it came through our proxy, whose word is the last one."""
    if settings.SECURE:
        seen = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return seen or request.META.get("REMOTE_ADDR") or None
    return request.META.get("REMOTE_ADDR") or None


def device_of(request: HttpRequest) -> str:
    """What the browser says it is."""
    return request.headers.get("user-agent", "")[:300]


def where(request: HttpRequest) -> Where:
    """Address and device of a request."""
    return Where(address_of(request), device_of(request))
