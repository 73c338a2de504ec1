"""Intake: something went wrong – told in under a minute, triaged by quality assurance to a type of event."""
