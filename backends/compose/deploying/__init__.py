"""`pipelift deploy` for Compose: the steps of an output folder as supervised containers. `DEPLOYER` is the door."""

from pipelift.backends.compose.deploying.deployer import ComposeDeployer

DEPLOYER = ComposeDeployer()

__all__ = ["DEPLOYER", "ComposeDeployer"]
