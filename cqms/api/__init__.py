"""The API: the same selectors, services and refusals as the pages, as JSON under one shape of error."""
