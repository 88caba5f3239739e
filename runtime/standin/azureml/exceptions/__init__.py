"""The SDK's exceptions that scripts catch."""

from typing import Any, Optional


class AzureMLException(Exception):
    def __init__(
        self, exception_message: str = "", inner_exception: Optional[BaseException] = None, **kwargs: Any
    ) -> None:
        super().__init__(exception_message)
        self.message = exception_message
        self.inner_exception = inner_exception


class UserErrorException(AzureMLException):
    pass


class ProjectSystemException(AzureMLException):
    pass


class RunEnvironmentException(AzureMLException):
    pass


class ServiceException(AzureMLException):
    pass


class WebserviceException(AzureMLException):
    pass


class ModelNotFoundException(WebserviceException):
    pass


class ModelPathNotFoundException(WebserviceException):
    pass


class ComputeTargetException(AzureMLException):
    pass


class ExperimentExecutionException(AzureMLException):
    pass


class ActivityFailedException(AzureMLException):
    pass


class AuthenticationException(AzureMLException):
    pass


class SnapshotException(AzureMLException):
    pass
