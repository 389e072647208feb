"""A query becomes candidates."""
