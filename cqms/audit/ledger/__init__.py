"""The ledger: every history row, event and signature sealed in an append-only log that an outsider can check.

The database queues one leaf for each of those rows in the transaction that writes it; the sealer puts the queue into
an RFC 6962 Merkle log for each organization and signs its head. `selectors` hands out proofs, `verifying` compares
everything with everything, `merkle` and `notes` are the formats and know neither Django nor the database.
"""
