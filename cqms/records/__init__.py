"""Records: what every numbered, controlled thing in the portal has in common."""
