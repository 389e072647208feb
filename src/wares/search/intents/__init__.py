"""What the words of a query say beside what is searched for: prices, sizes, names, and what must not be."""
