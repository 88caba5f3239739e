"""Putting an output folder of Compose to work: its steps as supervised containers."""
