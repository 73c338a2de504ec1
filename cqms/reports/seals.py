"""The seal of a finished PDF: a PAdES signature of the organization, made by the portal and by no person.

It is put on once and last, and allows no change after it (a certifying signature, DocMDP 1).
"""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from cqms.organizations.models import Organization
from cqms.reports.manifestations import grouped
from cqms.reports.seal_certificates import seal_key

FIELD = "SystemSeal"


def seal_pdf(file: Path, organization: Organization) -> None:
    """Seal a PDF in place with the certificate of the organization. Raises SealUnusable."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 – half a second
    from pyhanko.sign import fields, signers  # noqa: PLC0415

    described = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=f"{organization.name}, system seal",
        reason="System seal: made by the portal, not the signature of a person",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    with file.open("r+b") as stream:
        writer = IncrementalPdfFileWriter(stream)
        signers.PdfSigner(described, _signer(organization)).sign_pdf(writer, in_place=True)


def seal_fingerprint(organization: Organization) -> str:
    """SHA-256 of the certificate that seals now, as people compare it. Raises SealUnusable."""
    return grouped(seal_key(organization).certificate.fingerprint(SHA256()).hex())


def _signer(organization: Organization) -> Any:
    from asn1crypto import keys, x509  # noqa: PLC0415
    from pyhanko.sign import signers  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    found = seal_key(organization)
    store = SimpleCertificateStore()
    store.register_multiple(x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in found.chain)
    certificate = x509.Certificate.load(found.certificate.public_bytes(Encoding.DER))
    return signers.SimpleSigner(certificate, keys.PrivateKeyInfo.load(found.private), store)
