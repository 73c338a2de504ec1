"""Reports: HTML and CSS become PDF files that are stored, hashed and handed to an auditor.

The modules that draw know no record: they take plain dataclasses and give back bytes or a file. `trail` draws an
audit trail of any length in flat memory; `documents` is the door to renditions, issued copies and uploaded files.
"""
