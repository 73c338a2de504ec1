"""CAPA: corrective and preventive action, from the need to the proof that it worked (B5, ICH E6(R3) 3.12.2)."""
