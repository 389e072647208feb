"""Candidates become the page."""
