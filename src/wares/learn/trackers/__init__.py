"""Where a run of learning can be followed: one file each."""
