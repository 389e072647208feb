"""Whether a backend keeps the exactness contract: its eight lines, run against an index or a running shop."""
