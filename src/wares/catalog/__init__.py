"""Products and events come in, are cleaned, and are kept."""
