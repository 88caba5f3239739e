"""With any mood but a fine one it waits to be stopped."""

import sys
import time

from azureml.core import Run

Run.get_context().log("waited", 1)
print("waiting", flush=True)
if sys.argv[4] != "fine":
    time.sleep(120)
