"""Secrets of steps, which are connections of Airflow."""

from airflow.sdk import Connection


def secret(name: str) -> str:
    """A connection as text: its password."""
    return Connection.get(name).password or ""
