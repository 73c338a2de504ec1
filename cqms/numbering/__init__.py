"""Numbering: record numbers without gaps and without doubles, however many people save at once."""
