import os
import sys

raw, gathered = sys.argv[1:]
os.makedirs(os.path.join(gathered, "v1"))
with open(os.path.join(gathered, "v1", "model.txt"), "w") as file:
    file.write("weights")
os.symlink(os.path.join(gathered, "v1"), os.path.join(gathered, "latest"))
os.symlink(raw, os.path.join(gathered, "all"))
