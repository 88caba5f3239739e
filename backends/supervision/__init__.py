"""Runs on this machine, whatever their steps are started as: which step is next, side by side, what is kept."""
