"""The world of the contracts and whole-life stories: everything of which there is a table, in two organizations."""
