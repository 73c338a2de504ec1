"""Inbox: what awaits a person, across all modules and organizations."""
