"""`pipelift deploy` for Kubeflow: an output folder becomes a pipeline, schedules and a run. `DEPLOYER` is the door."""

from pipelift.backends.kubeflow.deploying.deployer import KubeflowDeployer

DEPLOYER = KubeflowDeployer()

__all__ = ["DEPLOYER", "KubeflowDeployer"]
