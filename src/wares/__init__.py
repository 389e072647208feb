"""wares: multimodal product search and ranking for shops."""

__version__ = "0.1.0"
