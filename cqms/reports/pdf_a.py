"""What makes a merged PDF a PDF/A-3 (ISO 19005-3): colours that mean something, metadata, and an attached source."""

import hashlib
import zlib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String

_PROFILE = "sRGB2014.icc"
_CONDITION = "sRGB IEC61966-2.1"
_BLOCK = 1 << 20


def make_archival(pdf: pikepdf.Pdf, title: str, author: str, created: datetime) -> None:
    """Say PDF/A-3b: fonts are embedded by whoever drew the pages. `created` is an aware moment."""
    _write_output_intent(pdf)
    moment = f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "3", "B"
        metadata["dc:title"], metadata["dc:creator"] = title, [author]
        metadata["xmp:CreateDate"] = metadata["xmp:ModifyDate"] = moment
    pdf.Root.Metadata[Name.Type], pdf.Root.Metadata[Name.Subtype] = Name.Metadata, Name.XML


def attach_source(pdf: pikepdf.Pdf, file: Path, *, description: str, created: datetime) -> None:
    """Carry a JSON file as the source of what the pages show (/AF, /AFRelationship /Source).

    It is compressed block by block: the JSON of a long trail is much larger than the PDF around it.
    """
    compressed, checksum = _compressed(file)
    parameters = Dictionary(
        Size=file.stat().st_size, CheckSum=String(checksum), CreationDate=_date(created), ModDate=_date(created)
    )
    stream = pdf.make_stream(
        compressed,
        Type=Name.EmbeddedFile,
        Subtype=Name("/application/json"),
        Params=parameters,
        Filter=Name.FlateDecode,
    )
    spec = Dictionary(
        Type=Name.Filespec, F=file.name, UF=file.name, Desc=description, AFRelationship=Name.Source,
        EF=Dictionary(F=stream, UF=stream),
    )  # fmt: skip
    attached = pdf.make_indirect(spec)
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(file.name), attached])))
    pdf.Root.AF = Array([attached])


def _compressed(file: Path) -> tuple[bytes, bytes]:
    """The packed content, and the MD5 that the format asks for: a check against accidents, not a proof."""
    packing, checksum, parts = zlib.compressobj(), hashlib.md5(usedforsecurity=False), []
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            checksum.update(block)
            parts.append(packing.compress(block))
    return b"".join([*parts, packing.flush()]), checksum.digest()


def _date(moment: datetime) -> str:
    return f"D:{moment.astimezone(UTC):%Y%m%d%H%M%S}Z"


def _write_output_intent(pdf: pikepdf.Pdf) -> None:
    profile = pdf.make_stream((files("weasyprint.pdf") / _PROFILE).read_bytes(), N=3, Alternate=Name.DeviceRGB)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String(_CONDITION),
        Info=String(_CONDITION),
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
