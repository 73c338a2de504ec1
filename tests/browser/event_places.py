"""The pages of quality events."""

from tests.browser.people import Person
from tests.browser.place import ALDER, Place, send_empty


def _report_something(person: Person) -> None:
    person.fill(description="The printer of the pharmacy prints no labels. They are written by hand.")
    person.press("Send the report")
    person.page.get_by_role("heading", name="We received your report").wait_for()


def _send_deviations(person: Person) -> None:
    file = {"name": "extract.csv", "mimeType": "text/csv", "buffer": _EXTRACT.encode()}
    person.page.get_by_label("CSV or Excel file").set_input_files(file)
    person.fill(source_system="EDC")
    person.press("Go on to the columns")
    person.page.get_by_role("heading", name="What the columns mean").wait_for()


def _look_at_deviations(person: Person) -> None:
    _send_deviations(person)
    person.press("Show what would happen")
    person.page.get_by_role("heading", name="What the file would do").wait_for()


_EXTRACT = """\
PD No,Site,Subject,Date identified,Description
D-1,,1002-014,2026-03-31,Visit 8 was four days late.
D-2,99,1002-019,31-Mar-2026,The diary was not filled in for nine days.
D-3,,A.B.,46112,Blood was taken after the dose.
D-4,,,2026-03-31,Mrs. Miller was told by telephone.
"""
_IMPORT = f"{ALDER}/quality-events/deviations/import/?study=ALD-104"
EVENT_PLACES = (
    Place("quality events", "qa", f"{ALDER}/quality-events/"),
    Place("report an event", "reader", f"{ALDER}/quality-events/intake/new/"),
    Place("report an event, wrong", "reader", f"{ALDER}/quality-events/intake/new/", send_empty),
    Place("report an event, received", "reader", f"{ALDER}/quality-events/intake/new/", _report_something),
    Place("initial reports", "qa", f"{ALDER}/quality-events/intake/"),
    Place("initial report", "qa", f"{ALDER}/quality-events/intake/IR-0001/"),
    Place("edit an initial report", "author", f"{ALDER}/quality-events/intake/IR-0001/edit/"),
    Place("triage", "qa", f"{ALDER}/quality-events/intake/IR-0001/steps/triage/"),
    Place("link an initial report", "author", f"{ALDER}/quality-events/intake/IR-0001/link/"),
    Place("files of an initial report", "author", f"{ALDER}/quality-events/intake/IR-0001/files/"),
    Place("deviations", "study_manager", f"{ALDER}/quality-events/deviations/"),
    Place("log a deviation", "author", f"{ALDER}/quality-events/deviations/new/"),
    Place("log a deviation, wrong", "author", f"{ALDER}/quality-events/deviations/new/", send_empty),
    Place("import deviations", "author", f"{ALDER}/quality-events/deviations/import/"),
    Place("import deviations, wrong", "author", f"{ALDER}/quality-events/deviations/import/", send_empty),
    Place("import deviations, columns", "author", _IMPORT, _send_deviations),
    Place("import deviations, what it would do", "author", _IMPORT, _look_at_deviations),
    Place("deviation", "qa", f"{ALDER}/quality-events/deviations/PD-0002/"),
    Place("edit a deviation", "qa", f"{ALDER}/quality-events/deviations/PD-0001/edit/"),
    Place("classify a deviation", "study_manager", f"{ALDER}/quality-events/deviations/PD-0004/steps/classify/"),
    Place("classify several", "study_manager", f"{ALDER}/quality-events/deviations/classify/?numbers=PD-0003.PD-0004"),
    Place("deviation listing", "qa", f"{ALDER}/quality-events/deviations/listing/"),
    Place("open an issue of a deviation", "author", f"{ALDER}/quality-events/deviations/PD-0001/issue/"),
    Place("link a deviation", "author", f"{ALDER}/quality-events/deviations/PD-0001/link/"),
    Place("files of a deviation", "author", f"{ALDER}/quality-events/deviations/PD-0001/files/"),
    Place("deviation specifications", "qa", f"{ALDER}/quality-events/specifications/"),
    Place("draft a specification", "study_manager", f"{ALDER}/quality-events/specifications/new/"),
    Place("specification", "qa", f"{ALDER}/quality-events/specifications/DS-0001/"),
    Place("files of a specification", "author", f"{ALDER}/quality-events/specifications/DS-0001/files/"),
    Place("link a specification", "author", f"{ALDER}/quality-events/specifications/DS-0001/link/"),
    Place("classification freezes", "qa", f"{ALDER}/quality-events/freezes/"),
    Place("prepare a freeze", "study_manager", f"{ALDER}/quality-events/freezes/new/"),
    Place("quality issues", "qa", f"{ALDER}/quality-events/issues/"),
    Place("new quality issue", "author", f"{ALDER}/quality-events/issues/new/"),
    Place("new quality issue, wrong", "author", f"{ALDER}/quality-events/issues/new/", send_empty),
    Place("quality issue, new", "qa", f"{ALDER}/quality-events/issues/QI-0001/"),
    Place("quality issue, decided", "qa", f"{ALDER}/quality-events/issues/QI-0004/"),
    Place("edit a quality issue", "qa", f"{ALDER}/quality-events/issues/QI-0001/edit/"),
    Place("accept a quality issue", "qa", f"{ALDER}/quality-events/issues/QI-0001/steps/accept/"),
    Place("close a quality issue", "qa", f"{ALDER}/quality-events/issues/QI-0004/steps/close/"),
    Place("link a quality issue", "author", f"{ALDER}/quality-events/issues/QI-0001/link/"),
    Place("withdraw a link", "author", f"{ALDER}/quality-events/issues/QI-0004/links/{{event_link}}/withdraw/"),
    Place("serious breaches", "qa", f"{ALDER}/quality-events/breaches/"),
    Place("new serious breach", "author", f"{ALDER}/quality-events/breaches/new/"),
    Place("new serious breach, wrong", "author", f"{ALDER}/quality-events/breaches/new/", send_empty),
    Place("serious breach, its clock runs", "qa", f"{ALDER}/quality-events/breaches/SB-0001/"),
    Place("serious breach, not serious", "qa", f"{ALDER}/quality-events/breaches/SB-0002/"),
    Place("edit a serious breach", "qa", f"{ALDER}/quality-events/breaches/SB-0001/edit/"),
    Place("answer a serious breach", "author", f"{ALDER}/quality-events/breaches/SB-0001/steps/answer/"),
    Place("confirm a serious breach", "qa", f"{ALDER}/quality-events/breaches/SB-0001/steps/confirm/"),
    Place("sheet of a serious breach", "author", f"{ALDER}/quality-events/breaches/SB-0001/sheet/"),
    Place("PDF of a sheet", "author", f"{ALDER}/quality-events/breaches/SB-0001/sheet/pdf/"),
    Place("link a serious breach", "author", f"{ALDER}/quality-events/breaches/SB-0001/link/"),
    Place("files of a serious breach", "author", f"{ALDER}/quality-events/breaches/SB-0001/files/"),
    Place("complaints", "qa", f"{ALDER}/quality-events/complaints/"),
    Place("new complaint", "author", f"{ALDER}/quality-events/complaints/new/"),
    Place("new complaint, wrong", "author", f"{ALDER}/quality-events/complaints/new/", send_empty),
    Place("complaint, received", "qa", f"{ALDER}/quality-events/complaints/CMP-0001/"),
    Place("complaint, closed", "qa", f"{ALDER}/quality-events/complaints/CMP-0003/"),
    Place("edit a complaint", "qa", f"{ALDER}/quality-events/complaints/CMP-0001/edit/"),
    Place("classify a complaint", "qa", f"{ALDER}/quality-events/complaints/CMP-0001/steps/classify/"),
    Place("conclude a complaint", "author", f"{ALDER}/quality-events/complaints/CMP-0002/steps/investigate/"),
    Place("link a complaint", "author", f"{ALDER}/quality-events/complaints/CMP-0001/link/"),
    Place(
        "withdraw a link of a complaint",
        "author",
        f"{ALDER}/quality-events/complaints/CMP-0003/links/{{complaint_link}}/withdraw/",
    ),
    Place("files of a complaint", "author", f"{ALDER}/quality-events/complaints/CMP-0001/files/"),
    Place("process deviations", "qa", f"{ALDER}/quality-events/process-deviations/"),
    Place("log a process deviation", "author", f"{ALDER}/quality-events/process-deviations/new/"),
    Place("log a process deviation, wrong", "author", f"{ALDER}/quality-events/process-deviations/new/", send_empty),
    Place("process deviation, closed", "qa", f"{ALDER}/quality-events/process-deviations/DEV-0003/"),
    Place("process deviation, planned", "qa", f"{ALDER}/quality-events/process-deviations/DEV-0004/"),
    Place("edit a process deviation", "author", f"{ALDER}/quality-events/process-deviations/DEV-0001/edit/"),
    Place("classify a process deviation", "qa", f"{ALDER}/quality-events/process-deviations/DEV-0001/steps/classify/"),
    Place("link a process deviation", "author", f"{ALDER}/quality-events/process-deviations/DEV-0001/link/"),
    Place("files of a process deviation", "author", f"{ALDER}/quality-events/process-deviations/DEV-0001/files/"),
    Place("changes", "qa", f"{ALDER}/quality-events/changes/"),
    Place("request a change", "author", f"{ALDER}/quality-events/changes/new/"),
    Place("request a change, wrong", "author", f"{ALDER}/quality-events/changes/new/", send_empty),
    Place("change, requested", "qa", f"{ALDER}/quality-events/changes/CC-0001/"),
    Place("change, assessed", "process_owner", f"{ALDER}/quality-events/changes/CC-0002/"),
    Place("change, running", "author", f"{ALDER}/quality-events/changes/CC-0003/"),
    Place("change, released", "qa", f"{ALDER}/quality-events/changes/CC-0004/"),
    Place("edit a change", "author", f"{ALDER}/quality-events/changes/CC-0001/edit/"),
    Place("screen a change", "qa", f"{ALDER}/quality-events/changes/CC-0001/steps/screen/"),
    Place("take the plan of a change back", "process_owner", f"{ALDER}/quality-events/changes/CC-0003/steps/revise/"),
    Place("link a change", "author", f"{ALDER}/quality-events/changes/CC-0001/link/"),
    Place(
        "withdraw a link of a change",
        "author",
        f"{ALDER}/quality-events/changes/CC-0001/links/{{change_link}}/withdraw/",
    ),
    Place("files of a change", "author", f"{ALDER}/quality-events/changes/CC-0001/files/"),
    Place("plan of a change", "process_owner", f"{ALDER}/quality-events/changes/CC-0002/plan/"),
    Place("ask a function", "process_owner", f"{ALDER}/quality-events/changes/CC-0002/assessments/new/"),
    Place(
        "assess a change", "reviewer", f"{ALDER}/quality-events/changes/CC-0002/assessments/{{change_asked}}/assess/"
    ),
    Place(
        "object to a change", "reviewer", f"{ALDER}/quality-events/changes/CC-0002/assessments/{{change_asked}}/object/"
    ),
    Place("new task", "process_owner", f"{ALDER}/quality-events/changes/CC-0002/tasks/new/"),
    Place("change a task", "process_owner", f"{ALDER}/quality-events/changes/CC-0002/tasks/{{change_planned}}/"),
    Place("complete a task", "study_manager", f"{ALDER}/quality-events/changes/CC-0003/tasks/{{change_open}}/done/"),
    Place("charts", "qa", f"{ALDER}/quality-events/charts/"),
    Place("chart of ages", "qa", f"{ALDER}/quality-events/charts/age/"),
    Place("chart of months", "qa", f"{ALDER}/quality-events/charts/trend/"),
    Place("similar events", "author", f"{ALDER}/quality-events/similar/issues/QI-0001/"),
    Place("chart of categories", "qa", f"{ALDER}/quality-events/charts/pareto/"),
    Place("chart of sites", "qa", f"{ALDER}/quality-events/charts/funnel/"),
    Place("chart of cycle times", "qa", f"{ALDER}/quality-events/charts/cycle/"),
    Place("records behind a mark", "qa", f"{ALDER}/quality-events/charts/pareto/records/?mark=issues%7Csite"),
    Place("CAPAs", "qa", f"{ALDER}/quality-events/capas/"),
    Place("new CAPA", "author", f"{ALDER}/quality-events/capas/new/"),
    Place("new CAPA, wrong", "author", f"{ALDER}/quality-events/capas/new/", send_empty),
    Place("CAPA, analysed", "author", f"{ALDER}/quality-events/capas/CAPA-0002/"),
    Place("CAPA, running", "qa", f"{ALDER}/quality-events/capas/CAPA-0003/"),
    Place("CAPA, closed", "qa", f"{ALDER}/quality-events/capas/CAPA-0004/"),
    Place("edit a CAPA", "author", f"{ALDER}/quality-events/capas/CAPA-0001/edit/"),
    Place("accept the need of a CAPA", "qa", f"{ALDER}/quality-events/capas/CAPA-0001/steps/scope/"),
    Place("link a CAPA", "author", f"{ALDER}/quality-events/capas/CAPA-0001/link/"),
    Place(
        "withdraw a link of a CAPA", "author", f"{ALDER}/quality-events/capas/CAPA-0004/links/{{capa_link}}/withdraw/"
    ),
    Place("files of a CAPA", "author", f"{ALDER}/quality-events/capas/CAPA-0001/files/"),
    Place("analysis of a CAPA", "author", f"{ALDER}/quality-events/capas/CAPA-0002/analysis/"),
    Place("new cause", "author", f"{ALDER}/quality-events/capas/CAPA-0002/causes/new/"),
    Place("change a cause", "author", f"{ALDER}/quality-events/capas/CAPA-0002/causes/{{capa_cause}}/"),
    Place("events counted", "qa", f"{ALDER}/quality-events/capas/CAPA-0004/counted/?period=before"),
    Place("CAPA, planned", "author", f"{ALDER}/quality-events/capas/CAPA-0005/"),
    Place("criterion", "author", f"{ALDER}/quality-events/capas/CAPA-0005/criterion/"),
    Place("new action", "author", f"{ALDER}/quality-events/capas/CAPA-0005/actions/new/"),
    Place("change an action", "author", f"{ALDER}/quality-events/capas/CAPA-0005/actions/{{planned_action}}/"),
    Place("complete an action", "author", f"{ALDER}/quality-events/capas/CAPA-0003/actions/{{capa_action}}/done/"),
    Place("more time, asked", "author", f"{ALDER}/quality-events/capas/CAPA-0002/extension/"),
    Place("more time, decided", "qa", f"{ALDER}/quality-events/capas/CAPA-0003/extensions/{{capa_extension}}/"),
    Place("files of a quality issue", "author", f"{ALDER}/quality-events/issues/QI-0001/files/"),
)
