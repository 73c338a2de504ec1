"""Deadlines: when something is due, who is reminded, and that the first date is never rewritten."""
