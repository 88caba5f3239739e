# a module of the project
import helper
from helper import NAME, make as build
a = helper.NAME, build(2), helper.__name__  # value: ("n", [2, "n"], "helper")
# file: helper.py
NAME = "n"
def make(x): return [x, NAME]
# ---
# packages
import pkg.inner
from pkg import inner as other, VALUE
from pkg.deep.leaf import LEAF
a = pkg.inner.X, other.X, VALUE, LEAF, pkg.__name__  # value: (1, 1, "pkg", "leaf of pkg", "pkg")
# file: pkg/__init__.py
VALUE = "pkg"
# file: pkg/inner.py
X = 1
# file: pkg/deep/__init__.py
# file: pkg/deep/leaf.py
from .. import VALUE
from ..inner import X
LEAF = "leaf of " + VALUE
# ---
# all names
from settings import *
a = ONE, TWO  # value: (1, 2)
b = _hidden  # warning: [PL103]
# file: settings.py
ONE = 1
TWO = 2
_hidden = 3
# ---
# all names that are listed
from settings import *
a = _listed  # value: 1
b = other  # warning: [PL103]
# file: settings.py
__all__ = ["_listed"]
_listed = 1
other = 2
# ---
# a name that a module does not have
from helper import nothing  # error: [PL106]
# file: helper.py
x = 1
# ---
# modules see their own file
import os
import tool.paths as paths
a = os.path.relpath(paths.HERE)  # value: "tool"
# file: tool/paths.py
import os
HERE = os.path.dirname(os.path.abspath(__file__))
# ---
# the search path can be extended
import sys, os
sys.path.append(os.path.join(os.path.dirname(__file__), "lib"))
import extra
a = extra.X  # value: 7
# file: lib/extra.py
X = 7
# ---
# modules are evaluated once, and share what they hold
import one, two
one.items.append(3)
a = two.items  # value: [1, 3]
# file: one.py
items = [1]
# file: two.py
from one import items
# ---
# modules that import each other
import first
a = first.total()  # value: 3
# file: first.py
import second
X = 1
def total(): return X + second.Y
# file: second.py
import first
Y = 2
# ---
# a module of the project that is no Python
import broken
a = broken.x  # unknown: is not Python
# file: broken.py
x = = 1  # warning: [PL102]
# ---
# relative imports in the program itself
from .helper import X
from . import helper
a = X, helper.X  # value: (4, 4)
# file: helper.py
X = 4
# ---
# imports inside functions
def f():
    from helper import X
    return X
a = f()  # value: 4
# file: helper.py
X = 4
# ---
# a library that is not evaluated
import numpy as np
a = np.array([1]).sum()  # unknown: the module 'numpy' is not evaluated
# ---
# the future
from __future__ import annotations
a = 1  # value: 1
# ---
# a name of the SDK without its import
ws = Workspace.from_config()  # warning: [PL104]
