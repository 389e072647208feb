"""Two configurations of one shop under the same query, side by side: for engineers."""
