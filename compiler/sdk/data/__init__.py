"""Stores, datasets, and the data between steps."""
