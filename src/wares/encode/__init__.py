"""One modality → vectors, and all of them → one representation."""
