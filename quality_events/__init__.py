"""Quality events: deviations, issues, serious breaches, complaints, change controls and CAPAs.

This app stands on documents and is not built yet: it will hold one record type per kind of event, each with
its workflow, signatures and clocks, and it will own every key that points down to studies and documents.
"""
