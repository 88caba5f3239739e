"""Ways to log in, of which none is needed."""

from typing import Any

from azureml._uncovered import Covered


class AbstractAuthentication(Covered):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass


class ArmTokenAuthentication(AbstractAuthentication):
    pass


class AzureCliAuthentication(AbstractAuthentication):
    pass


class InteractiveLoginAuthentication(AbstractAuthentication):
    pass


class MsiAuthentication(AbstractAuthentication):
    pass


class ServicePrincipalAuthentication(AbstractAuthentication):
    pass
