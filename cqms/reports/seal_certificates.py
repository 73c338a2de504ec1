"""The certificate with which an organization seals its PDFs: a file of the data folder, readable by the portal alone.

Without one the portal makes an authority and a certificate of its own, which proves that two PDFs come from the same
place and nothing about who that is. An organization that has a certificate from an authority people know puts its
key, certificate and chain (PEM) into `seal-NAME.pem` instead; the portal then uses that and renews nothing.
"""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone

from cqms.organizations.models import Organization

_AUTHORITY_DAYS, _CERTIFICATE_DAYS, _RENEW_DAYS = 20 * 365, 5 * 365, 30
_LONGEST_NAME = 64
_EXPONENT, _BITS = 65537, 3072  # RSA: curves need PDF 2.0, which PDF/A-3 does not allow


class SealUnusable(Exception):
    """The certificate that must seal cannot be read or has expired. The text names the file and the cure."""


@dataclass(frozen=True)
class SealKey:
    """A private key with its certificate and the certificates above it."""

    private: bytes
    """PKCS 8, DER."""
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


def seal_key(organization: Organization) -> SealKey:
    """What the organization seals with now, made or renewed where the portal makes it itself. Raises SealUnusable."""
    file = _file(organization)
    if not file.exists():
        _issue(organization)
    found = _read(file)
    if found.certificate.not_valid_after_utc > timezone.now() + dt.timedelta(days=_RENEW_DAYS):
        return found
    if _authority(organization).exists() and found.chain == _read(_authority(organization)).chain[:1]:
        _issue(organization)
        return _read(file)
    if found.certificate.not_valid_after_utc <= timezone.now():
        raise SealUnusable(f"The certificate in {file.name} has expired: put a new one into that file.")
    return found


def _issue(organization: Organization) -> None:
    """Write a new certificate from the organization's own authority, which is made when there is none."""
    authority = _authority(organization)
    if not authority.exists():
        private = rsa.generate_private_key(_EXPONENT, _BITS)
        name = _name(organization, "seal authority of the portal")
        certificate = _certificate(name, name, private.public_key(), private, days=_AUTHORITY_DAYS, is_authority=True)
        _write(authority, private, certificate, certificate)
    signer = _read(authority)
    signing = load_pem_private_key(authority.read_bytes(), password=None)
    assert isinstance(signing, rsa.RSAPrivateKey)
    private = rsa.generate_private_key(_EXPONENT, _BITS)
    name = _name(organization, "system seal")
    certificate = _certificate(name, signer.certificate.subject, private.public_key(), signing, days=_CERTIFICATE_DAYS)
    _write(_file(organization), private, certificate, signer.certificate)


def _name(organization: Organization, what: str) -> x509.Name:
    common = f"{organization.name[: _LONGEST_NAME - len(what) - 2]}, {what}"
    return x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization.name[:_LONGEST_NAME]),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ])  # fmt: skip


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: rsa.RSAPublicKey,
    signer: rsa.RSAPrivateKey,
    *,
    days: int,
    is_authority: bool = False,
) -> x509.Certificate:
    begin = timezone.now() - dt.timedelta(minutes=5)  # a reader's clock may be a little late
    usage = x509.KeyUsage(
        digital_signature=not is_authority, content_commitment=not is_authority, key_cert_sign=is_authority,
        crl_sign=is_authority, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + dt.timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(above, critical=False).sign(signer, hashes.SHA256())


def _write(file: Path, private: rsa.RSAPrivateKey, certificate: x509.Certificate, above: x509.Certificate) -> None:
    """The whole file or nothing, safely on the disk."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem + certificate.public_bytes(Encoding.PEM) + above.public_bytes(Encoding.PEM))
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


def _read(file: Path) -> SealKey:
    try:
        content = file.read_bytes()
        private = load_pem_private_key(content, password=None)
        certificate, *chain = x509.load_pem_x509_certificates(content)
    except (OSError, ValueError, TypeError) as error:
        raise SealUnusable(f"The certificate {file.name} cannot be read: restore it from a backup.") from error
    if private.public_key() != certificate.public_key():
        raise SealUnusable(f"The file {file.name} holds a key and a certificate that do not belong together.")
    return SealKey(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), certificate, tuple(chain))


def _file(organization: Organization) -> Path:
    return Path(settings.KEYS_DIR) / f"seal-{organization.slug}.pem"


def _authority(organization: Organization) -> Path:
    return Path(settings.KEYS_DIR) / f"authority-{organization.slug}.pem"
