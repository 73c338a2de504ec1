"""Configuration: what an organization decides about its own portal, as versioned, approved data."""
