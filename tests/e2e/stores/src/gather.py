import argparse
import hashlib
import os

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--numbers")
parser.add_argument("--words")
parser.add_argument("--gathered")
args = parser.parse_args()


def contents(folder):
    found = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    return [open(path, "rb").read() for path in sorted(found)]


run = Run.get_context()
os.makedirs(os.path.join(args.gathered, "below", "é"), exist_ok=True)
with open(os.path.join(args.gathered, "numbers.bin"), "wb") as file:
    file.writelines(contents(args.numbers))
with open(os.path.join(args.gathered, "below", "é", "words.txt"), "wb") as file:
    file.writelines(contents(args.words))
rows = run.input_datasets["rows"].to_pandas_dataframe()
rows.to_csv(os.path.join(args.gathered, "rows.csv"), index=False)
with open(os.path.join(args.gathered, "token"), "w") as file:
    file.write(hashlib.sha256(os.environ["API_TOKEN"].encode()).hexdigest())
run.log("rows", len(rows))
