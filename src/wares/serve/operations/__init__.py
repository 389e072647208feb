"""Running a shop: who serves, who writes, who waits, and what is told of it."""
