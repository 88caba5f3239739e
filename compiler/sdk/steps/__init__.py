"""The step classes, a file a family, and how their arguments become ports."""
