"""What signing announces."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Signed:
    """A person signed; announced in the transaction that holds the signature and what it decided."""

    signature_id: int
