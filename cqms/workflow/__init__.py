"""Workflow: the life of a record as a table of steps, and the one place that changes a state."""
