"""Templates of the Kubeflow output."""
