"""Process deviations: a procedure was not followed, or leave not to follow it was given for a time (B2)."""
