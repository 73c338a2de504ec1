"""The audit trail: one truth of what happened, written with the change and never after it."""
