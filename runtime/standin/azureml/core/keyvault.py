"""`Keyvault`: secrets come from the environment of the step, where the engine puts them."""

import os
import re
from typing import Any, Dict, Iterable

from azureml import _context
from azureml._uncovered import Covered
from azureml.exceptions import UserErrorException


class Keyvault(Covered):
    def __init__(self, workspace: Any = None) -> None:
        self._workspace = workspace

    def get_secret(self, name: str) -> str:
        """The environment variable of that name, or of that name in capitals with ``_`` for other signs."""
        for variable in (name, re.sub(r"\W", "_", name), re.sub(r"\W", "_", name).upper()):
            if variable in os.environ:
                _context.note_secret(variable)
                return os.environ[variable]
        message = "the secret '{}' is not there: set the environment variable {} for the step"
        raise UserErrorException(message.format(name, re.sub(r"\W", "_", name).upper()))

    def get_secrets(self, secrets: Iterable[str]) -> Dict[str, str]:
        return {name: self.get_secret(name) for name in secrets}
