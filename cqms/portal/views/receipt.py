"""The receipt of a signature: what was signed, under which hash, since when it is sealed, and how to check that."""

from collections.abc import Sequence
from functools import cached_property

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.policies import exists_for
from cqms.audit.ledger.selectors import Receipt, receipt
from cqms.organizations.models import TrackedModel
from cqms.records.models import find
from cqms.reports.policies import may_inspect_somewhere
from cqms.signatures.models import Signature
from cqms.ui import addresses, times
from cqms.ui.components import Facts
from cqms.ui.items import Crumb
from cqms.ui.story import manifestation
from cqms.ui.views import Page


class ReceiptPage(Page):
    """For whom the signed record exists, and for the signer always: then without the name of what is closed to them."""

    template_name = "portal/receipt.html"
    title = "Receipt of a signature"

    def crumbs(self) -> Sequence[Crumb]:
        place = addresses.address_of(self.row.record_kind, self.record) if self.record is not None else ""
        return [Crumb(self.row.record_label, place), Crumb("Receipt")] if place else [Crumb("Receipt")]

    @cached_property
    def row(self) -> Signature:
        """The signature. Raises Http404."""
        try:
            found: Signature = Signature.objects.get(pk=self.kwargs["signature"])
        except (ObjectDoesNotExist, OverflowError):
            raise Http404 from None
        return found

    @cached_property
    def record(self) -> TrackedModel | None:
        """What was signed; None where it does not exist for this reader."""
        found: TrackedModel = find(self.row.record_kind, self.row.record_id)
        return found if exists_for(self.reader, found) else None

    def get(self, request: HttpRequest, signature: int) -> HttpResponse:
        """Show it."""
        if self.record is None and self.row.signer_id != self.reader.pk:
            raise Http404
        if self.record is not None:
            request.viewed = self.record  # type: ignore[attr-defined]
        found = receipt(self.row)
        export = reverse("portal:trail_export") if may_inspect_somewhere(self.reader) else ""
        about = manifestation(self.row) if self.record is not None else None
        return self.answer(about=about, signed=self._signed(), sealed=sealed_facts(found), export=export)

    def _signed(self) -> Facts:
        row = self.row
        closed = "You may not see this record any more."
        named = f"{row.record_label}, revision {row.revision}" if self.record is not None else closed
        return Facts([
            ("Record", named), ("Meaning", row.get_meaning_display()), ("Printed name", row.signer_name),
            ("Signed", format_html("{} ({})", times.moment(row.signed_at), times.utc_words(row.signed_at))),
            ("SHA-256 of what was signed", _hash(row.content_hash)),
        ], top=True)  # fmt: skip


def sealed_facts(found: Receipt) -> Facts:
    """The hash in full as it is copied, and the checkpoint that covers it."""
    rows: list[tuple[str, object]] = [("Receipt", _hash(found.hash))]
    if found.checkpoint is None or found.position is None:
        return Facts([*rows, ("Sealed since", "It will be sealed within seconds.")], top=True)
    checkpoint = found.checkpoint
    since = format_html("{} ({})", times.moment(checkpoint.sealed_at), times.utc_words(checkpoint.sealed_at))
    place = f"Position {found.position:,} of the first {checkpoint.size:,} entries"
    root = _hash(bytes(checkpoint.root).hex())
    return Facts([*rows, ("Sealed since", since), ("In the log", place), ("Root of that log", root)], top=True)


def _hash(value: str) -> object:
    return format_html('<span class="hash">{}</span>', value)
