"""The day it is where days are counted: another than that of UTC late in the evening, or early in the morning."""

import datetime as dt
from zoneinfo import ZoneInfo

from cqms.organizations import scope

_ZONE = ZoneInfo("Europe/Berlin")


def today() -> dt.date:
    """The day it is in the open organization, else in the one that most stories are about."""
    return scope.today() if scope.scope_is_open() else dt.datetime.now(_ZONE).date()
