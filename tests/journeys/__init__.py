"""Whole stories, told by people at their browsers."""
