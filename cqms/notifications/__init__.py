"""Notifications: rows in the transaction, mail after the commit."""
