"""Audits: the programme, its audits, their findings and responses, and inspections.

This app stands on quality events, beside training, and is not built yet: a finding will raise a CAPA through
the services of the app below, and no other app will ever import this one.
"""
