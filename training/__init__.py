"""Training: curricula, assignments and the proof that a person was trained before they acted.

This app stands on documents and quality events, beside audits, and is not built yet: it will hear that a
version took effect and assign it to its audience, and it will veto steps by gates, without being imported.
"""
