"""Is it any better, for whom, and how sure are we."""
