"""Comments: what people say about a record, on its page, in a lane of its own."""
