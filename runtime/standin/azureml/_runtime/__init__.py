"""The launcher's own modules, for the stand-in: this package's path is the folder of `pipelift.runtime`.

A script's import path holds the stand-in alone, so that none of our names can hide one of the user's.
"""

import os

__path__ = [os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))]
