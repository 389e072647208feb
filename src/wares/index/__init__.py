"""Where products can be found."""
