"""Quality issues: what went against GCP, a procedure or an agreement, from triage to a reviewed effect (B3)."""
