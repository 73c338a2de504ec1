"""Audit-trail review: planned, risk-based, done by somebody independent, documented and signed (EMA 6.2.2, C19)."""
