"""Ways to log in, of which none is needed."""

from azureml._uncovered import Covered


class AbstractAuthentication(Covered):
    def __init__(self, *args, **kwargs):
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
