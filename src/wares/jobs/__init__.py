"""Long work of a shop, done beside what it answers: queued, told of, tried again, and found again after a kill."""
