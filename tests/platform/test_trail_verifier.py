"""The verifier that an inspector runs in Python: what it says of a good export and of everything done to one."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace

import asn1crypto.cms
import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from cqms.reports import verifier
from cqms.reports.seals import seal_fingerprint, seal_pdf
from cqms.reports.trail import SEALED_WITH
from cqms.reports.trail_proof import FILE_NAME
from tests.platform import trail_exports as made

ALDER = SimpleNamespace(name="Alder Bio", slug="alder")


def in_pdf(data: bytes, *, bend: Callable[[pikepdf.Pdf], object] = str, by: object = ALDER, **how: object) -> bytes:
    """A sealed PDF that carries a file of that content as its trail.json; `bend` does something to it before."""
    with TemporaryDirectory() as folder, pikepdf.new() as pdf:
        file = Path(folder) / "trail.pdf"
        pdf.add_blank_page()
        pdf.attachments[FILE_NAME] = pikepdf.AttachedFileSpec(pdf, data, filename=FILE_NAME)
        bend(pdf)
        pdf.save(file, **how)
        seal_pdf(file, by)
        return file.read_bytes()


def load() -> ModuleType:
    """The verifier as it is handed out: a module of its own, which nothing imports."""
    module = ModuleType("verify_trail")
    exec(compile(verifier.content("python"), "verify_trail.py", "exec"), module.__dict__)
    return module


VERIFIER = load()


@pytest.mark.parametrize("damage", made.DAMAGES)
def test_what_was_done_to_a_file_is_said_in_words(damage):
    data, problems = made.DAMAGES[damage]
    assert VERIFIER.examine(data).problems == problems


@pytest.mark.parametrize("damage", made.DAMAGES)
def test_what_was_done_to_the_file_inside_a_pdf_is_said_in_the_same_words(damage):
    data, problems = made.DAMAGES[damage]
    said = VERIFIER.examine_file(in_pdf(data)).problems
    assert said == (problems if data else [VERIFIER.TWO_TRAILS])  # an empty attachment is none


def test_a_good_file_is_told_with_what_it_proves_and_what_it_does_not():
    data, _ = made.DAMAGES["nothing"]
    report = VERIFIER.examine(data)
    assert [f"{label}: {value}" for label, value in report.facts] == made.FACTS
    assert (report.proven, report.unproven) == (made.PROVEN, made.NOT_PROVEN)
    assert {place: report.entries[place] for place in made.WORDS} == made.WORDS


def test_a_file_made_anew_with_another_key_is_found_by_the_fingerprint_alone():
    assert VERIFIER.examine(made.FORGED).problems == []
    spaced = " ".join(made.FINGERPRINT[at : at + 4] for at in range(0, 64, 4)).upper()
    assert VERIFIER.examine(made.FORGED, spaced).problems == [made.OTHER_KEY]
    good = VERIFIER.examine(made.DAMAGES["nothing"][0], spaced)
    assert good.proven == [*made.PROVEN, "The key is the one you expected."]
    assert good.unproven == made.NOT_PROVEN[1:]


def test_a_time_stamp_is_named_and_left_to_other_tools():
    assert VERIFIER.examine(made.DAMAGES["time stamp"][0]).unproven[-1] == made.STAMPED
    older = VERIFIER.examine(made.DAMAGES["time stamp of an older portal"][0])
    assert older.unproven[-1] == made.STAMPED_UNBOUND


def test_a_redaction_is_told_in_words_and_is_no_damage():
    report = VERIFIER.examine(made.DAMAGES["redacted"][0])
    assert (report.redacted, next(report.lines())) == ([made.REDACTED], made.GOOD_BUT_REDACTED)
    assert (report.proven[0], report.unproven[-1]) == (made.PROVEN_OF_REDACTED, made.NOT_PROVEN_OF_REDACTED)
    assert report.entries[-2] == f"2026-11-20 08:00:01 UTC · an entry was {made.REDACTED[len('Entry 2 was ') :]}"
    assert "  " + made.REDACTED in report.lines()


GOOD = made.DAMAGES["nothing"][0]
FORGED = GOOD.replace(b"Alder Bio", b"Elder Bio")


def attach(data: bytes, name: str) -> Callable[[pikepdf.Pdf], None]:
    def bend(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)

    return bend


def exchange(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    """Let readers find a forged stream in the place of the good one, which stays in the file for verifiers."""

    def bend(pdf: pikepdf.Pdf) -> None:
        described = pdf.attachments[FILE_NAME].obj
        pdf.Root.Kept = described.EF.F
        forged = pdf.make_indirect(pikepdf.Stream(pdf, FORGED))
        for name, value in entries.items():
            forged[f"/{name}"] = value
        described.EF.F = described.EF.UF = forged

    return bend


@pytest.mark.parametrize(
    "bend",
    [
        attach(FORGED, "other.json"),
        attach(FORGED, "trail.json "),
        attach(b"{}", "remark.json"),
        attach(b"\x00\x01", "picture.png"),
        exchange(),
        exchange(Type=pikepdf.Name("/EmbeddedFile")),
        exchange(Filter=pikepdf.Array([pikepdf.Name("/ASCIIHexDecode"), pikepdf.Name("/FlateDecode")])),
    ],
    ids=["two trails", "two trails of one name", "a remark", "a picture", "no type", "both typed", "another coding"],
)
@pytest.mark.parametrize("streams", ["preserve", "generate"])
def test_a_pdf_in_which_readers_may_find_another_file_is_refused(bend, streams):
    """Sealed anew, as whoever forges it would."""
    how = {"object_stream_mode": getattr(pikepdf.ObjectStreamMode, streams)}
    assert VERIFIER.examine_file(in_pdf(GOOD, **how)).problems == []
    assert VERIFIER.examine_file(in_pdf(GOOD, bend=bend, **how)).problems == [VERIFIER.TWO_TRAILS]


def test_names_that_hide_from_a_search_are_refused():
    hidden = (
        in_pdf(GOOD).replace(b"/EmbeddedFile\n", b"/Embedded#46ile\n").replace(b"/EmbeddedFile ", b"/Embedded#46ile ")
    )
    assert VERIFIER.TWO_TRAILS in VERIFIER.examine_file(hidden).problems


def test_a_pdf_that_was_changed_after_its_seal_or_lost_it_is_refused(tmp_path):
    sealed = in_pdf(GOOD)
    report = VERIFIER.examine_file(sealed)
    assert (report.problems, report.unproven[-1]) == (
        [],
        "That the printed pages say the same: the export does not name its certificate, so anybody may have sealed them.",
    )
    assert report.facts[-2][0] == "SHA-256 of the attached trail.json"
    assert report.facts[-1] == ("The PDF shows the certificate", seal_fingerprint(ALDER))
    with pikepdf.open(io.BytesIO(sealed)) as pdf:  # what a reader does that saves what somebody changed
        pdf.save(tmp_path / "saved.pdf")
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/Lang"] = pdf_string("de")
    writer.update_root()
    updated = io.BytesIO()
    writer.write(updated)
    place = sealed.index(b"/MediaBox")
    flipped = sealed[:place] + sealed[place:].replace(b"0 0", b"0 9", 1)
    for data in ((tmp_path / "saved.pdf").read_bytes(), updated.getvalue(), flipped, sealed + b"%more\n%%EOF\n"):
        assert VERIFIER.examine_file(data).problems == [VERIFIER.AFTER_SEAL]
        assert VERIFIER.examine_file(data).proven == []
    without = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        del pdf.Root.AcroForm, pdf.Root.Perms, pdf.pages[0].Annots
        pdf.save(without)
    assert VERIFIER.examine_file(without.getvalue()).problems == [VERIFIER.NO_SEAL]


def test_a_seal_is_judged_by_the_certificate_that_the_export_names():
    named = made.written(made.export(more=((SEALED_WITH, seal_fingerprint(ALDER)),)))
    report = VERIFIER.examine_file(in_pdf(named))
    assert (report.problems, report.proven[-1]) == (
        [], "The printed pages are those that were sealed with the certificate that the export names."
    )  # fmt: skip
    assert [sentence for sentence in report.unproven if "pages" in sentence] == []
    forged = VERIFIER.examine_file(in_pdf(named, by=SimpleNamespace(name="Alder Bio", slug="forger")))
    assert (forged.problems, forged.proven) == ([VERIFIER.OTHER_SEAL], [])


def test_a_seal_that_only_shows_the_certificate_is_forged():
    named = made.written(made.export(more=((SEALED_WITH, seal_fingerprint(ALDER)),)))
    sealed = in_pdf(named)
    begin, end = sealed.index(b"/Contents <") + 11, sealed.index(b">", sealed.index(b"/Contents <"))
    raw = bytearray(bytes.fromhex(sealed[begin:end].decode()))
    signed = asn1crypto.cms.ContentInfo.load(bytes(raw))["content"]["signer_infos"][0]["signature"].native
    raw[raw.index(signed) + 9] ^= 1
    assert VERIFIER.examine_file(sealed[:begin] + raw.hex().encode() + sealed[end:]).problems == [VERIFIER.FORGED_SEAL]
    bare = bytes(raw[:40]) + bytes(len(raw) - 40)
    digest = raw[raw.index(bytes.fromhex("2a864886f70d010904")) + 13 :][:32]
    bare = bare[:-32] + digest
    assert VERIFIER.examine_file(sealed[:begin] + bare.hex().encode() + sealed[end:]).problems == [VERIFIER.FORGED_SEAL]


def test_it_runs_alone_with_nothing_but_python(tmp_path):
    good, bad, program = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "verify_trail.py"
    program.write_bytes(verifier.content("python"))
    good.write_bytes(made.DAMAGES["nothing"][0])
    bad.write_bytes(made.DAMAGES["dropped entry, proof made anew"][0])

    def run(file, *words) -> tuple[int, list[str]]:
        command = [sys.executable, "-I", "-S", program, file, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.returncode, done.stdout.splitlines()

    code, lines = run(good, "--entries")
    assert (code, lines[0], lines[-1]) == (0, made.GOOD, VERIFIER.examine(good.read_bytes()).entries[-1])
    code, lines = run(bad)
    assert (code, lines[:2]) == (1, [made.BAD, "The file holds 8 of 9 sealed entries: 1 missing."])


def test_every_flipped_byte_is_found():
    data = made.DAMAGES["time stamp"][0]
    unseen = []
    for place in range(0, len(data), 13):
        damaged = bytearray(data)
        damaged[place] ^= 1
        if not VERIFIER.examine(bytes(damaged)).problems:
            unseen.append(bytes(data[max(place - 20, 0) : place + 20]))
    assert unseen == []


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_it_checks_ed25519_like_everybody_else(seed, message):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert VERIFIER.signed_by(public, signature, message)
    assert not VERIFIER.signed_by(public, signature, message + b".")
    assert not VERIFIER.signed_by(public, bytes([signature[0] ^ 1]) + signature[1:], message)
    assert not VERIFIER.signed_by(public, signature[:63], message)


def test_it_refuses_a_second_form_of_the_same_signature():
    """A scalar beyond the group's order would make two signatures of one (RFC 8032, 5.1.7)."""
    signature = made.PRIVATE.sign(b"text")
    order = 2**252 + 27742317777372353535851937790883648493
    again = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    public = made.PRIVATE.public_key().public_bytes_raw()
    assert not VERIFIER.signed_by(public, signature[:32] + again, b"text")
