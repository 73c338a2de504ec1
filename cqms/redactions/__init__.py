"""Redaction: personal data typed in by mistake leaves the records, and the trail says who, why and who approved it."""
