"""Attachments: files by their content, checked when they come, logged when they go."""
