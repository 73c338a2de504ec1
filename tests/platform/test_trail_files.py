"""What an auditor takes home: the files agree with each other, prove themselves, and carry the organization's seal."""

import csv
import io
import json
import re
import shutil
import stat
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ValidationError
from django.utils import timezone
from pikepdf import Name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from cqms.audit import services as audit
from cqms.audit.ledger.models import LedgerQueue
from cqms.audit.ledger.selectors import keys, newest_checkpoint
from cqms.audit.models import AuditEvent
from cqms.jobs.models import Job, JobState
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from cqms.reports import seal_certificates
from cqms.reports.models import Report, ReportFormat
from cqms.reports.seal_certificates import SealUnusable, seal_key
from cqms.reports.trail_export import Acts, Files, request_trail_export
from studies.models import Study
from tests.platform.test_trail_verifier import VERIFIER

PDF, JSON, CSV = ReportFormat.PDF, ReportFormat.JSON, ReportFormat.CSV


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.FILES_DIR, settings.KEYS_DIR = tmp_path / "files", tmp_path / "keys"


@pytest.fixture
def study(ours) -> Study:
    found = Study.objects.get(number="NW-101")
    found.title = "=Heron, “second” title"
    audit.save(found, actor=AuditEvent.objects.exclude(actor=None).first().actor, reason="The protocol was amended")
    return found


def ask(ours, **asked) -> Job:
    job = request_trail_export(**asked)
    work_off(ours, job.pk)
    return Job.objects.get(pk=job.pk)


def export(ours, *formats: ReportFormat, **asked) -> Report:
    job = ask(ours, files=Files(formats), **asked)
    assert (job.state, job.error) == (JobState.DONE, "")
    return Report.objects.get(number=job.result["report"])


def content(report: Report, which: ReportFormat) -> bytes:
    return report.files()[which].path.read_bytes()


def test_three_files_of_one_export_hold_the_same_entries_and_prove_themselves(cast, ours, study):
    report = export(ours, PDF, JSON, CSV, actor=cast.inspector, subject=study)
    assert list(report.files()) == [PDF, JSON, CSV]
    with pikepdf.open(io.BytesIO(content(report, PDF))) as pdf:
        attached = pdf.attachments["trail.json"]
        assert attached.get_file().read_bytes() == content(report, JSON)
        assert [each.AFRelationship for each in pdf.Root.AF] == [Name.Source]
    for which in (PDF, JSON):
        verdict = VERIFIER.examine_file(content(report, which), keys()[0].verifier.fingerprint)
        assert (verdict.problems, len(verdict.entries)) == ([], report.entry_count)
    assert verdict.proven[-1] == "The key is the one you expected."
    facts, head = dict(verdict.facts), newest_checkpoint()
    assert facts["Filter"] == report.selection
    sealed_at = f"{head.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
    assert facts["Sealed"] == f"{sealed_at}, when the log had {head.size} entries"
    rows = list(csv.reader(io.StringIO(content(report, CSV).decode("utf-8-sig"))))
    entries = [row for row in rows if row[0].isdecimal()]
    told = AuditEvent.objects.filter(anchor_id=study.pk).order_by("pk")[: report.entry_count]
    assert [int(row[0]) for row in entries] == [event.pk for event in told]
    assert "Reason: The protocol was amended" in verdict.entries[-1]
    assert "title: Heron: a study of sleep in adults → =Heron, “second” title" in entries[-1][6]
    assert ["# Filter", report.selection] in rows


def test_the_pdf_is_archival_and_sealed_once_and_last(cast, ours, study, tmp_path):
    data = content(export(ours, PDF, actor=cast.inspector, subject=study), PDF)
    with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert metadata["dc:title"] == str(pdf.docinfo[Name.Title])
        assert metadata["pdf:Producer"] == str(pdf.docinfo[Name.Producer])
        changed = re.sub("[^0-9]", "", metadata["xmp:ModifyDate"])[:14]
        assert str(pdf.docinfo[Name.ModDate])[2:16] == changed
        assert [intent.S for intent in pdf.Root.OutputIntents] == [Name.GTS_PDFA1]
        assert [page.obj.get(Name.Group) for page in pdf.pages if Name.Group in page.obj] == []
        assert unembedded(pdf) == []
    [signature] = PdfFileReader(io.BytesIO(data)).embedded_signatures
    [authority] = seal_key(ours).chain
    trusted = ValidationContext(trust_roots=[Certificate.load(authority.public_bytes(Encoding.DER))])
    status = validate_pdf_signature(signature, trusted)
    assert (status.intact, status.valid, status.trusted, status.coverage.name) == (True, True, True, "ENTIRE_FILE")
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/Reason"] == "System seal: made by the portal, not the signature of a person"
    assert status.signing_cert.subject.native["common_name"] == "Northwind Therapeutics, system seal"
    ask_other_programs(tmp_path, data)


def test_pages_of_a_trail_in_parts_are_one_tagged_file(cast, ours, study, monkeypatch):
    monkeypatch.setattr("cqms.reports.trail.CHUNK", 1)
    report = export(ours, PDF, actor=cast.inspector, subject=study)
    assert report.entry_count > 2
    with pikepdf.open(io.BytesIO(content(report, PDF))) as pdf, pdf.open_outline() as outline:
        tree = pdf.Root.StructTreeRoot
        numbers = [int(number) for number in list(tree.ParentTree.Nums)[::2]]
        on_pages = [int(page.obj.StructParents) for page in pdf.pages]
        assert bool(pdf.Root.MarkInfo.Marked)
        assert sorted(set(on_pages)) == sorted(on_pages)
        assert set(on_pages) <= set(numbers)
        assert sorted(set(numbers)) == sorted(numbers)
        titles = [item.title for item in outline.root]
        assert (titles[0], titles[-1]) == ("About this trail", "End of the trail")


def unembedded(pdf: pikepdf.Pdf) -> list[str]:
    """Fonts that the file does not carry itself."""
    descriptors = [
        each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and each.get(Name.Type) == Name.FontDescriptor
    ]
    assert descriptors
    carried = (Name.FontFile, Name.FontFile2, Name.FontFile3)
    return [str(each.FontName) for each in descriptors if not any(name in each for name in carried)]


def ask_other_programs(folder, data: bytes) -> None:
    """What poppler and qpdf say, as far as they are here."""
    file = folder / "trail.pdf"
    file.write_bytes(data)
    expected = {
        ("pdfinfo", file): "PDF version:     1.7",
        ("pdfdetach", "-list", file): "1: trail.json",
        ("pdfsig", "-nocert", file): "Signature is Valid.",
        ("qpdf", "--check", file): "No syntax or stream encoding errors found",
    }
    for command, words in expected.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": str(folder)})
            assert words in done.stdout, f"{command[0]} says: {done.stdout}{done.stderr}"


def test_a_damaged_pdf_is_found_in_its_attachment(cast, ours, study):
    data = content(export(ours, PDF, actor=cast.inspector, subject=study), PDF)
    assert VERIFIER.examine_file(data).proven[-1] == (
        "The printed pages are those that were sealed with the certificate that the export names."
    )
    assert VERIFIER.examine_file(data[: len(data) // 3]).problems == [VERIFIER.UNREADABLE]
    assert VERIFIER.examine_file(with_trail(data, renamed)).problems[0].startswith("Entry 1 was changed")
    assert VERIFIER.examine_file(data + with_trail(data, renamed)).problems == [
        VERIFIER.TWO_TRAILS, VERIFIER.AFTER_SEAL,
    ]  # fmt: skip


def renamed(trail: dict) -> None:
    entry = trail["entries"][0]
    entry["payload"] = entry["payload"].replace('"actor_name": "', '"actor_name": "Not ')


def with_trail(data: bytes, damage) -> bytes:
    """The PDF with another trail.json, as a PDF editor would write it."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        trail = json.loads(pdf.attachments["trail.json"].get_file().read_bytes())
        damage(trail)
        del pdf.attachments["trail.json"]
        changed = json.dumps(trail, ensure_ascii=False).encode()
        pdf.attachments["trail.json"] = pikepdf.AttachedFileSpec(pdf, changed, filename="trail.json")
        del pdf.Root.AF
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


def test_an_entry_that_was_changed_behind_the_portal_is_not_exported(cast, ours, study, monkeypatch):
    read = "cqms.reports.trail_reading.ledger.payloads"
    monkeypatch.setattr(read, lambda leaves: {leaf.pk: b"something else" for leaf in leaves})
    job = ask(ours, files=Files([JSON]), actor=cast.inspector, subject=study)
    first = AuditEvent.objects.filter(anchor_id=study.pk).order_by("pk").first()
    assert job.error == (
        f"Nothing was exported: audit event {first.pk} is not what was sealed, so somebody changed the trail behind"
        " the portal. Tell your administrator, who runs bin/manage verify_trail."
    )
    assert list(Report.objects.all()) == []


def test_without_the_key_that_sealed_nothing_is_exported(cast, ours, study, settings):
    export(ours, JSON, actor=cast.inspector, subject=study)
    for file in settings.KEYS_DIR.glob("ledger-*.key"):
        file.unlink()
    job = ask(ours, files=Files([JSON]), actor=cast.inspector, subject=study)
    assert "cannot be read: restore it from a backup" in job.error


def test_some_kind_of_file_must_be_chosen(cast, ours, study):
    with pytest.raises(ValidationError, match="at least one kind of file"):
        request_trail_export(actor=cast.qa, subject=study, files=Files(formats=["xlsx"]))


def test_an_export_without_any_entry_proves_that_it_is_whole(cast, ours, study):
    report = export(ours, JSON, actor=cast.inspector, subject=study, acts=Acts(["studies.site", "retire"]))
    verdict = VERIFIER.examine_file(content(report, JSON))
    assert (report.entry_count, verdict.problems, verdict.entries) == (0, [], [])
    assert dict(verdict.facts)["Sealed entries in this file"] == "0"


@pytest.mark.commits
def test_what_was_written_last_is_sealed_before_it_is_exported(company, settings):
    """The seal is committed by itself, so it does not wait for the export and nobody waits for it."""
    with scope(company.ours):
        assert LedgerQueue.objects.exists()
        job = request_trail_export(actor=company.inspector, files=Files([JSON]))
    work_off(company.ours, job.pk)
    with scope(company.ours):
        report = Report.objects.get()
        assert AuditEvent.objects.filter(verb="export").exists()
        verdict = VERIFIER.examine_file(content(report, JSON))
        assert (verdict.problems, len(verdict.entries)) == ([], report.entry_count)


class TestCertificate:
    """The organization's certificate for seals."""

    def test_it_is_made_once_and_readable_by_the_portal_alone(self, ours, settings):
        first = seal_key(ours)
        assert seal_key(ours) == first
        files = sorted(settings.KEYS_DIR.iterdir())
        assert [file.name for file in files] == ["authority-northwind.pem", "seal-northwind.pem"]
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
        first.certificate.verify_directly_issued_by(first.chain[0])

    def test_it_is_renewed_by_the_same_authority_before_it_ends(self, ours, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(seal_certificates, "_CERTIFICATE_DAYS", 20)
            first = seal_key(ours)
        second = seal_key(ours)
        assert second.certificate.not_valid_after_utc > timezone.now() + timedelta(days=1000)
        assert (first.certificate != second.certificate, first.chain) == (True, second.chain)

    def test_one_of_the_organization_s_own_is_used_and_never_replaced(self, ours, settings, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(seal_certificates, "_CERTIFICATE_DAYS", 0)
            seal_key(ours)
        (settings.KEYS_DIR / "authority-northwind.pem").unlink()
        with pytest.raises(SealUnusable, match=r"seal-northwind\.pem has expired"):
            seal_key(ours)

    def test_a_file_that_holds_something_else_is_named(self, ours, settings):
        seal_key(ours)
        file = settings.KEYS_DIR / "seal-northwind.pem"
        [certificate, *_] = x509.load_pem_x509_certificates(file.read_bytes())
        file.write_bytes(b"nonsense")
        with pytest.raises(SealUnusable, match=r"seal-northwind\.pem cannot be read"):
            seal_key(ours)
        assert certificate.issuer != certificate.subject
