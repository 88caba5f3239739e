import argparse, os, sys
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--prepped_data")
parser.add_argument("--training_results")
parser.add_argument("--rate", type=float)
args = parser.parse_args()
words = open(os.path.join(args.prepped_data, "words.txt")).read().split()
os.makedirs(args.training_results, exist_ok=True)
with open(os.path.join(args.training_results, "model.txt"), "w") as file:
    file.write(str(len(words) * args.rate))
Run.get_context().log("rate", args.rate)
