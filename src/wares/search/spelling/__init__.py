"""The catalogue's own words, and what a shopper may have meant by others."""
