"""Pages that every type of quality event has; a type subclasses them and names its model, forms and words."""

from quality_events.views.charts import BehindMark, ChartPage, ChartsIndex
from quality_events.views.event import ChangeEvent, EventDetail, EventStep, NewEvent, OfEvent, TypedStep
from quality_events.views.lists import LOGGED, LOGGED_LATE, EventList, EveryEvent
from quality_events.views.parts import AddFiles, EventFile, LinkEvent, PartFile, PrintEvent, WithdrawLink
from quality_events.views.similar import SimilarEvents

__all__ = [
    "LOGGED", "LOGGED_LATE", "AddFiles", "BehindMark", "ChangeEvent", "ChartPage", "ChartsIndex", "EventDetail",
    "EventFile", "EventList", "EventStep", "EveryEvent", "LinkEvent", "NewEvent", "OfEvent", "PartFile", "PrintEvent",
    "SimilarEvents", "TypedStep", "WithdrawLink",
]  # fmt: skip
