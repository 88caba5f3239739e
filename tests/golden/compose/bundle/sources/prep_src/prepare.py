import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--input")
parser.add_argument("--output")
args = parser.parse_args()
os.makedirs(args.output, exist_ok=True)
lines = []
for name in sorted(os.listdir(args.input)):
    with open(os.path.join(args.input, name)) as file:
        lines += file.read().split()
with open(os.path.join(args.output, "words.txt"), "w") as file:
    file.write("\n".join(sorted(lines)))
run = Run.get_context()
run.log("words", len(lines))
