"""Deviations from a file of another system: upload, columns, a dry run, and a job that creates what is new."""
