"""Every claim of quality or speed: one file a bench, peers in the same run."""
