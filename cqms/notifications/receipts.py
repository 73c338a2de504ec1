"""The receipt of a signature by mail: what the signer keeps outside the portal, and can ask for later."""

from zoneinfo import ZoneInfo

from cqms.audit.ledger.selectors import receipt
from cqms.notifications.services import Message, notify
from cqms.records.models import find
from cqms.signatures.models import Signature

_KEEP = (
    "The receipt is the SHA-256 under which your signature is sealed in the trail, within seconds; the page behind the "
    "link says since when. An export of the trail as JSON proves it, and its verifier checks that without us. Keep "
    "this mail: a receipt that is not known any more means that a signature was taken away. Did you not sign? "
    "Tell your administrators at once."
)


def send_receipt(signature_id: int) -> None:
    """Mail the signer what they signed and its hash in full; of a record in a closed lane without its name."""
    signature = Signature.objects.select_related("signer", "organization").get(pk=signature_id)
    rows = _rows(signature)
    message = Message(
        key=f"signature:{signature.pk}",
        subject=f"Receipt of your signature: {signature.get_meaning_display()}",
        body=_letter([("Record", f"{signature.record_label}, revision {signature.revision}"), *rows]),
        closed_body=_letter(rows),
        path=signature.organization.path("portal:receipt", signature=signature.pk),
    )
    notify(signature.signer, message, record=find(signature.record_kind, signature.record_id))


def _rows(signature: Signature) -> list[tuple[str, str]]:
    local = signature.signed_at.astimezone(ZoneInfo(signature.zone))
    return [
        ("Meaning", signature.get_meaning_display()),
        ("Name", signature.signer_name),
        ("Signed", f"{local.isoformat(' ', 'seconds')} {signature.zone}, {signature.signed_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("SHA-256 of what you signed", signature.content_hash),
        ("Receipt", receipt(signature).hash),
    ]


def _letter(rows: list[tuple[str, str]]) -> str:
    listed = "\n".join(f"{label}: {value}" for label, value in rows)
    return f"You signed in the portal.\n\n{listed}\n\n{_KEEP}"
