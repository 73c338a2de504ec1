"""Change control: what is changed on purpose, from the request to its release and the look back (B6)."""
