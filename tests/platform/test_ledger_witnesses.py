"""Keys that change, and heads that others hold: a folder, a mailbox, a time-stamping authority."""

import datetime as dt
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.management import CommandError, call_command

from cqms.audit import services as audit
from cqms.audit.ledger import selectors
from cqms.audit.ledger.models import LedgerCheckpoint, LedgerHandover, LedgerKey
from cqms.audit.ledger.notes import Verifier
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.verifying import verify
from cqms.audit.ledger.witnesses import hand_over, held_in_folder
from cqms.audit.models import AuditEvent
from cqms.instance.database import connected
from cqms.organizations.scope import scope
from studies.models import Study

pytestmark = pytest.mark.commits

CONFIG = """
[tsa]
default_tsa = of_ours
[of_ours]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


def note_and_seal(company) -> None:
    with scope(company.ours):
        audit.append(Study.objects.get(number="NW-101"), actor=company.qa, verb="note", sentence="noted something")
    seal(company.ours)
    hand_over(company.ours)


# Keys


def test_a_private_key_is_a_file_for_us_alone(company, tmp_path):
    note_and_seal(company)
    modes = {file.suffix: file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()}
    assert modes == {".key": 0o600, ".pub": 0o600}


def test_a_new_key_is_endorsed_and_told(company, capsys):
    note_and_seal(company)
    call_command("rotate_ledger_key", "northwind", reason="The old disk was replaced.")
    note_and_seal(company)
    with scope(company.ours):
        first, second = LedgerKey.objects.order_by("pk")
        assert [each.key for each in LedgerCheckpoint.objects.order_by("size")] == [first, second]
        told = AuditEvent.objects.filter(record_kind="audit.ledgerkey").order_by("pk")
        assert [(each.sentence, each.reason) for each in told] == [
            ("made the first key of the ledger", ""),
            ("changed the key of the ledger", "The old disk was replaced."),
        ]
    assert capsys.readouterr().out.endswith(f"the key before endorses it:\n{second.verifier}\n")
    verdict = verify(company.ours)
    assert (verdict.differences, verdict.remarks) == ([], [])


def test_a_lost_key_is_replaced_without_endorsement(company, tmp_path):
    note_and_seal(company)
    for file in (tmp_path / "keys").glob("*.key"):
        file.unlink()
    call_command("rotate_ledger_key", "northwind", reason="The disk died.")
    note_and_seal(company)
    verdict = verify(company.ours)
    assert verdict.differences == []
    assert [remark.endswith("replaced a lost key, which could not endorse it.") for remark in verdict.remarks] == [True]


def test_a_key_of_which_there_is_no_file_is_found(company, tmp_path):
    note_and_seal(company)
    [ours] = (tmp_path / "keys").glob("*.pub")
    ours.unlink()
    assert verify(company.ours).remarks == ["There is no key file here, so the keys are those that the database names."]
    (tmp_path / "keys" / "ledger-other.pub").write_text(str(Verifier("portal.test/other", bytes(32))))
    assert ["was never made by this installation" in each.sentence for each in verify(company.ours).differences] == [
        True
    ]


@pytest.mark.parametrize(("name", "reason"), [("nobody", "Why"), ("northwind", "  ")])
def test_a_change_of_key_needs_an_organization_and_a_reason(company, name, reason):
    with pytest.raises(CommandError):
        call_command("rotate_ledger_key", name, reason=reason)


# Witnesses


def test_the_folder_holds_every_head_once(company):
    for _ in range(3):
        note_and_seal(company)
        hand_over(company.ours)
    with scope(company.ours):
        notes = list(LedgerCheckpoint.objects.order_by("size").values_list("note", flat=True))
    assert [note for _, note in held_in_folder(company.ours)] == notes


def test_the_mailbox_gets_a_head_now_and_then(company, settings, mailoutbox):
    settings.WITNESS_MAIL = "witness@archive.test"
    for _ in range(2):
        note_and_seal(company)
    with scope(company.ours):
        first = LedgerCheckpoint.objects.order_by("size").first()
        assert [(mail.to, mail.subject) for mail in mailoutbox] == [
            (["witness@archive.test"], f"Checkpoint of northwind: {first.size} entries")
        ]
        assert first.note in mailoutbox[0].body
        assert str(first.key.verifier) in mailoutbox[0].body
    settings.WITNESS_MAIL_MINUTES = 0
    note_and_seal(company)
    assert len(mailoutbox) == 2


def test_a_witness_that_is_away_gets_a_later_head(company, settings, tmp_path):
    (tmp_path / "witness").write_text("no folder")
    note_and_seal(company)
    (tmp_path / "witness").unlink()
    note_and_seal(company)
    with scope(company.ours):
        assert [note for _, note in held_in_folder(company.ours)] == [selectors.newest_checkpoint().note]
        assert LedgerHandover.objects.count() == 1


# Time stamps


def certificate(folder, name, key, issuer, issuer_key, *, is_ca):
    """A certificate of an authority that only this test knows."""
    now = dt.datetime.now(dt.UTC)
    called = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    builder = x509.CertificateBuilder(
        called[1], called[0], key.public_key(), x509.random_serial_number(), now - dt.timedelta(days=1), now + dt.timedelta(days=9)
    ).add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)  # fmt: skip
    if not is_ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    made = builder.sign(issuer_key, SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(pem)


@pytest.fixture
def authority(tmp_path, settings):
    """An RFC 3161 authority on loopback: openssl behind a small server."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed, so there is no authority to ask")
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    certificate(tmp_path, "ca", keys[0], "ca", keys[0], is_ca=True)
    certificate(tmp_path, "tsa", keys[1], "ca", keys[0], is_ca=False)
    (tmp_path / "serial").write_text("01")
    (tmp_path / "config").write_text(CONFIG.format(folder=tmp_path))

    class Authority(BaseHTTPRequestHandler):
        def do_POST(self):
            (tmp_path / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            words = ["ts", "-reply", "-config", tmp_path / "config", "-queryfile", tmp_path / "query"]
            done = subprocess.run(["openssl", *words], capture_output=True, check=True)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(done.stdout)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Authority)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.TIME_STAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.TIME_STAMP_ROOTS = str(tmp_path / "ca.pem")
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_head_is_stamped_and_the_stamp_is_verified(company, authority, clone, settings):
    note_and_seal(company)
    with scope(company.ours):
        stamped = LedgerHandover.objects.get(kind="time_stamp")
        assert (stamped.to, stamped.checkpoint) == (settings.TIME_STAMP_URL, selectors.newest_checkpoint())
    assert verify(company.ours).differences == []
    settings.TIME_STAMP_MINUTES = 0
    note_and_seal(company)
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerhandover DISABLE TRIGGER ALL")
        cursor.execute("UPDATE audit_ledgerhandover a SET token = b.token FROM audit_ledgerhandover b"
                       " WHERE a.kind = 'time_stamp' AND b.kind = 'time_stamp' AND a.id > b.id")  # fmt: skip
    assert ["The time stamp does not fit" in each.sentence for each in verify(company.ours).differences] == [True]


def test_an_authority_that_is_not_trusted_or_away_stamps_nothing(company, authority, settings, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    certificate(tmp_path, "stranger", key, "stranger", key, is_ca=True)
    settings.TIME_STAMP_ROOTS = str(tmp_path / "stranger.pem")
    note_and_seal(company)
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/"
    note_and_seal(company)
    with scope(company.ours):
        assert LedgerHandover.objects.filter(kind="time_stamp").count() == 0
        assert LedgerCheckpoint.objects.count() == 2
