"""Pages for shoppers: every state has an address, and all of it works without JavaScript."""
