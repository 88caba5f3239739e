import argparse
import base64
import hashlib
import os
import time

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--password")
parser.add_argument("--token")
run = Run.get_context()
arguments = parser.parse_args()
assert arguments.token == os.environ["API_TOKEN"]
values = [arguments.password, arguments.token]
for value in values:
    for form in (value, base64.b64encode(value.encode()).decode(), repr([value])):
        print("it is", form)
        run.log(form, form)
        run.tag(form, form)
        run.parent.log(form, form)
        run.child_run(form).tag(form, form)
print("the digest is", hashlib.sha256("".join(values).encode()).hexdigest(), flush=True)
time.sleep(5)
run.fail("with " + values[0])
