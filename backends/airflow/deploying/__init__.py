"""Putting an output folder of Airflow to work: its DAG where Airflow reads it, and a run of it."""
