"""Compare the classifiers on the test set: which is best, and which digits it takes for which."""

import argparse
import json
import os

import pandas as pd
from azureml.core import Run
from sklearn.metrics import accuracy_score, confusion_matrix

parser = argparse.ArgumentParser()
parser.add_argument("--training_results", required=True, help="folder with predictions.csv and fits.json")
parser.add_argument("--comparison", required=True, help="folder to write the comparison to")
args = parser.parse_args()

run = Run.get_context()
predictions = pd.read_csv(os.path.join(args.training_results, "predictions.csv"))
with open(os.path.join(args.training_results, "fits.json")) as file:
    fits = json.load(file)

accuracy = {}
for name in sorted(fits):
    accuracy[name] = round(float(accuracy_score(predictions["digit"], predictions[name])), 4)
    print(f"{name:<18} {accuracy[name]:.2%}")
    run.log_row("models", model=name, fit=fits[name], accuracy=accuracy[name])

best = max(sorted(accuracy), key=accuracy.get)
run.log("best model", best)
run.log("best accuracy", accuracy[best])
run.log_list("accuracies", [accuracy[name] for name in sorted(accuracy)])

os.makedirs(args.comparison, exist_ok=True)
with open(os.path.join(args.comparison, "comparison.json"), "w") as file:
    json.dump({"best": best, "accuracy": accuracy, "fit": fits}, file, indent=2, sort_keys=True)
digits = range(10)
matrix = confusion_matrix(predictions["digit"], predictions[best], labels=list(digits))
pd.DataFrame(matrix, index=digits, columns=digits).to_csv(
    os.path.join(args.comparison, "confusion.csv"), index_label="digit")
