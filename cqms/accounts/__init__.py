"""Accounts: one person, one account, never deleted and never given to somebody else (21 CFR 11.100(a))."""
