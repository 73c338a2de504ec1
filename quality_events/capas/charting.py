"""How long CAPAs take from opening to closing."""

from statistics import median

from cqms.charts import kinds
from cqms.charts.intervals import Interval
from cqms.organizations.scope import day_of
from cqms.signatures.models import Meaning, Signature
from cqms.ui.items import Head
from quality_events.capas.models import Capa, CapaState
from quality_events.charting import Behind, ChartKind, Shown, mark_path, register
from quality_events.counting import Asked, rows_of
from quality_events.types import type_of

_MOST = 60


def cycle_time(asked: Asked) -> Shown | None:
    """Days from opening to the signature that closed, for the CAPAs closed last."""
    closed = {capa.pk: capa for _, rows in _closed(asked) for capa in rows.order_by("-pk")[:_MOST]}
    signed = Signature.objects.filter(record_kind="capas.capa", record_id__in=closed, meaning=Meaning.CLOSED)
    last = {each.record_id: day_of(each.signed_at) for each in signed.order_by("signed_at")}  # one may be reopened
    found = sorted(((closed[pk], day) for pk, day in last.items()), key=lambda each: each[1])
    if not found:
        return None
    days = [(day - capa.opened_on).days for capa, day in found]
    middle = median(days)
    marks = [
        kinds.Mark(capa.number, taken, f"{capa.number}: {taken} days", mark_path("cycle", asked, capa.number))
        for (capa, _), taken in zip(found, days, strict=True)
    ]
    spec = kinds.control_chart(marks, Interval(middle, 0, max(days) + 1), across="", up="days", middle="median")
    rows = [[capa.number, capa.title, taken] for (capa, _), taken in zip(found, days, strict=True)]
    heads = [Head("CAPA", "fit"), Head("Title", "lead"), Head("Days", "num")]
    finding = f"Half of {len(days)} closed CAPAs took {middle:.0f} days or less."
    if len(days) == 1:
        finding = f"The one closed CAPA took {middle:.0f} {'day' if middle == 1 else 'days'}."
    return Shown(finding, spec, heads, rows, "From the day it was opened to the signature that closed it.")


def cycle_behind(asked: Asked, mark: str) -> Behind:
    """The CAPA of that number."""
    return [(kind, rows.filter(number=mark)) for kind, rows in _closed(asked)]


def _closed(asked: Asked) -> Behind:
    kind = type_of(Capa)
    return [(found, rows.filter(state=CapaState.CLOSED)) for found, rows in rows_of(asked) if found.kind == kind.kind]


register(ChartKind("cycle", "CAPA cycle time", "Days from opening to closing.", cycle_time, cycle_behind))
