"""Templates of the Airflow output."""
