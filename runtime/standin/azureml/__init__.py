"""A stand-in for the Azure ML SDK v1, for the scripts of steps: what they ask of their run, data and models.

Packages of the SDK that are installed beside it and that it does not replace stay importable.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)

from azureml._uncovered import install

install()
