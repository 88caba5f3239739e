"""Jinja templates, one folder a target. They print what `plan.py` decided, and decide nothing."""
