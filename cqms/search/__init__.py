"""Search: one index over every record, written with the record and limited to what the reader may see."""
