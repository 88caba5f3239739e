"""Putting an output folder of Kubeflow to work: a version of its pipeline, schedules and a run."""
