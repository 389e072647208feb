"""One reader a format: files → products, row by row."""
