"""Studies from a public register: reading a record of ClinicalTrials.gov (API version 2) and taking it over."""
