"""Serious breaches: assessed by fixed questions, on a legal clock, notified by a sheet in the authority's order."""
