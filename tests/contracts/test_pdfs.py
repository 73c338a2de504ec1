"""Every kind of PDF that the portal makes: what each must be for a reader, a screen reader, an archive, a program.

A kind is a row of `KINDS`; `MAKERS` says which code draws it, so that what draws another PDF fails until it has a row.
"""

import ast
import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pikepdf
import pytest
from pikepdf import Name

from cqms.attachments.marking import Mark
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from cqms.reports.inspection import mark_pdf
from cqms.reports.issued_copies import issued_copy
from cqms.reports.models import Report, ReportFormat
from cqms.reports.renditions import DocumentFacts, rendition_from_markdown
from cqms.reports.trail_export import request_trail_export
from documents.models import Version
from documents.renditions import signature_page, stamp_of
from quality_events import reports
from quality_events.breaches.models import SentNotification
from quality_events.breaches.renditions import sheet_pdf
from quality_events.charting import chart_kinds
from quality_events.counting import Asked
from quality_events.deviations.reports import request_listing
from quality_events.types import types
from tests.contracts.sources import shipped
from tests.platform.test_trail_files import unembedded
from tests.world import building as worlds
from tests.world.events import NOTIFIED, breach_of_world

DRAWS = {"render_pdf", "render_trail", "rendition_from_markdown", "issued_copy", "mark_pdf"}


@dataclass(frozen=True)
class Kind:
    """One kind: who makes it from the world, and what it promises beyond words in embedded fonts."""

    make: Callable[[Any], bytes]
    title: str
    is_tagged: bool = True
    is_archival: bool = False
    is_sealed: bool = False
    attached: tuple[str, ...] = ()

    def told_by(self, program: str) -> tuple[str, ...]:
        """What another program says of the file."""
        return {
            "qpdf": ("No syntax or stream encoding errors found",),
            "pdfinfo": (f"Tagged:          {'yes' if self.is_tagged else 'no'}", "Encrypted:       no"),
            "pdfdetach": (f"{len(self.attached)} embedded files", *self.attached),
            "pdfsig": ("Signature is Valid." if self.is_sealed else "does not contain any signatures",),
        }[program]


def reported(world, job: Job) -> bytes:
    """The PDF of the report that a job made."""
    work_off(world.ours, job.pk)
    number = Job.objects.get(pk=job.pk).result["report"]
    return bytes(Report.objects.get(number=number).files()[ReportFormat.PDF].path.read_bytes())


def trail(world) -> bytes:
    return reported(world, request_trail_export(actor=world.qa, subject=version().document))


def version() -> Version:
    return worlds.version_of(worlds.EFFECTIVE)


def rendition(world) -> bytes:
    facts = DocumentFacts(
        "SOP-0001", worlds.EFFECTIVE, "1.0", "Standard operating procedure", "P. Novak", str(world.ours)
    )
    return rendition_from_markdown(
        "# Purpose\n\nIt protects participants.\n\n| Step | Days |\n|---|--:|\n| Ask | 7 |\n", facts
    )


def issued(world) -> bytes:
    return issued_copy(rendition(world), stamp_of(version()), signature_page(version()))


def issued_from_upload(_world) -> bytes:
    return issued_copy(worlds.pdf("Made elsewhere"), stamp_of(version()), signature_page(version()))


def inspected(world) -> bytes:
    return mark_pdf(rendition(world), Mark(world.inspector, "0" * 64))


def event_report(space: str) -> Callable[[Any], bytes]:
    """The report of the oldest event of a type."""

    def make(world) -> bytes:
        [found] = [each for each in types() if each.space == space]
        return reported(world, reports.request_report(found.model.objects.earliest("pk"), actor=world.qa))

    return make


def chart(world) -> bytes:
    today = version().effective_on
    study = worlds.study_of_world()
    return reported(world, reports.request_chart("age", chart_kinds()["age"].name, Asked(world.qa, today, study)))


def deviation_listing(world) -> bytes:
    return reported(world, request_listing(worlds.study_of_world(), actor=world.qa))


def breach_sheet(_world) -> bytes:
    breach = breach_of_world(NOTIFIED)
    return sheet_pdf(breach, SentNotification.objects.filter(breach=breach).earliest("pk"))


def draft_sheet(_world) -> bytes:
    return sheet_pdf(breach_of_world(), None)


KINDS = {
    "trail export": Kind(trail, "Audit trail of SOP-", is_archival=True, is_sealed=True, attached=("trail.json",)),
    "rendition of a version": Kind(rendition, "SOP-"),
    "issued copy": Kind(issued, "SOP-"),
    "issued copy of an uploaded file": Kind(issued_from_upload, "SOP-", is_tagged=False),
    "inspection copy": Kind(inspected, "SOP-"),
    "chart": Kind(chart, chart_kinds()["age"].name),
    "deviation listing": Kind(deviation_listing, "Deviation listing of "),
    "field sheet as sent": Kind(breach_sheet, "SB-"),
    "field sheet as draft": Kind(draft_sheet, "SB-"),
    **{f"report of {each.plural.lower()}": Kind(event_report(each.space), f"{each.noun} report of ")
       for each in types()},
}  # fmt: skip
MAKERS = {
    "cqms/reports/chunk_worker.py": "trail export, in parts",
    "cqms/reports/trail_export.py": "trail export",
    "cqms/reports/inspection.py": "inspection copy",
    "cqms/reports/issued_copies.py": "issued copy",
    "cqms/reports/renditions.py": "rendition of a version",
    "documents/renditions.py": "rendition of a version, issued copy",
    "quality_events/breaches/renditions.py": "field sheet",
    "quality_events/reports.py": "reports of events, chart, deviation listing",
}
PROGRAMS = {"qpdf": "--check", "pdfinfo": "-isodates", "pdfdetach": "-list", "pdfsig": "-nocert"}
_drawn: dict[str, bytes] = {}


@pytest.fixture
def drawn(world, request) -> bytes:
    """The PDF of a kind, drawn once a process."""
    name = request.getfixturevalue("name")
    if name not in _drawn:
        with scope(world.ours):
            _drawn[name] = KINDS[name].make(world)
    return _drawn[name]


def test_what_draws_a_pdf_has_a_kind_here():
    called = {
        name: {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        for name, tree in shipped().items()
    }
    found = {name for name, names in called.items() if names & DRAWS}
    assert found == set(MAKERS), "Give what this draws a row in KINDS, and name the file in MAKERS."


@pytest.mark.parametrize("name", KINDS)
def test_a_pdf_says_what_it_is_and_carries_its_fonts(name, drawn):
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        assert str(pdf.docinfo[Name.Title]).startswith(KINDS[name].title)
        assert unembedded(pdf) == []
        assert len(pdf.pages) > 0


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.is_tagged])
def test_a_pdf_is_tagged_from_the_first_page_to_the_last(name, drawn):
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert bool(pdf.Root.MarkInfo.Marked)
        numbers = [int(page.obj.StructParents) for page in pdf.pages]
        known = {int(number) for number in list(pdf.Root.StructTreeRoot.ParentTree.Nums)[::2]}
        assert (len(set(numbers)), set(numbers) - known) == (len(pdf.pages), set())


@pytest.mark.parametrize("name", KINDS)
def test_a_pdf_carries_what_was_promised_and_nothing_else(name, drawn):
    kind = KINDS[name]
    with pikepdf.open(io.BytesIO(drawn)) as pdf, pdf.open_metadata() as metadata:
        said = (metadata.get("pdfaid:part"), metadata.get("pdfaid:conformance"))
        assert said == (("3", "B") if kind.is_archival else (None, None))
        assert tuple(pdf.attachments) == kind.attached
        named = [(str(each.UF), each.AFRelationship) for each in pdf.Root.get(Name.AF, [])]
        assert named == [(each, Name.Source) for each in kind.attached]
        assert (Name.AcroForm in pdf.Root) == kind.is_sealed
        assert [key for key in (Name.OpenAction, Name.AA) if key in pdf.Root] == []


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", KINDS)
def test_other_programs_find_the_same(name, program, drawn, tmp_path):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    file = tmp_path / "file.pdf"
    file.write_bytes(drawn)
    home = {"HOME": str(tmp_path)}
    done = subprocess.run([program, PROGRAMS[program], file], capture_output=True, text=True, check=False, env=home)
    said = done.stdout + done.stderr
    assert [words for words in KINDS[name].told_by(program) if words not in said] == [], said
