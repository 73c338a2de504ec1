"""Electronic signatures: bound to exactly what was signed, by whom, when and with which meaning (21 CFR 11 B, C)."""
