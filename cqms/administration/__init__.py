"""Administration: the pages on which an organization decides about people, rights and its own settings."""
