"""Controlled documents: policies, procedures, plans and their versions, from draft to retired."""
