"""Templates of the Compose output."""
