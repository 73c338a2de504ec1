"""Where a request came from, as the trail of an account states it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from ua_parser import parse


@dataclass(frozen=True)
class Where:
    """`device` is what the browser says it is."""

    address: str | None = None
    device: str = ""

    def words(self) -> dict[str, str | None]:
        """The same as arguments of `note_security`."""
        return {"address": self.address, "device": self.device}

    @property
    def device_in_words(self) -> str:
        """The device as a person would name it."""
        return in_words(self.device) if self.device else ""


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


def in_words(device: str) -> str:
    """What a browser says it is as a person would name it, "Firefox 126 on Windows"; unknown words stay as they are."""
    if not device:
        return "an unknown device"
    found = parse(device)
    program = " ".join(filter(None, [found.user_agent.family, found.user_agent.major])) if found.user_agent else ""
    known = [each for each in (found.device and found.device.family, found.os and found.os.family) if each]
    return " on ".join(filter(None, [program, *known[:1]])) or device


def where(request: HttpRequest) -> Where:
    """Address and device of a request."""
    return Where(address_of(request), device_of(request))
