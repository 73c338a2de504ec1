"""Complaints: what somebody outside is not content with, from its receipt to an answer and its end (B15)."""
