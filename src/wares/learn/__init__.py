"""Models are trained here and nowhere else."""
