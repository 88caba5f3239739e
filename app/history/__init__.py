"""What earlier runs have left beside a pipeline: looked at, explained, and cleared away."""
