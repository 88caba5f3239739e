"""Templates of the Dockerfiles."""
