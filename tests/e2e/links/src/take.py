"""The folder around the output is one of the store: everything of the user lies there."""

import os
import sys

gathered, results = sys.argv[1:]
with open(os.path.join(gathered, "latest", "model.txt")) as file:
    print("latest:", file.read())
with open(os.path.join(results, "new.txt"), "w") as file:
    file.write("new")
store = os.path.dirname(os.path.realpath(gathered))
os.symlink(store, os.path.join(results, "link"))
