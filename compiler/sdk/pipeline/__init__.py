"""Pipelines and what becomes of them: submissions, schedules, endpoints."""
