"""Write a report about the model: which measure tells each flower best, and how often it was mistaken."""

import argparse
import json
import os

import pandas as pd
from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True, help="folder with model.json and predictions.csv")
parser.add_argument("--report", required=True, help="folder to write report.md to")
args = parser.parse_args()

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "flowers.json")) as file:
    flowers = json.load(file)
with open(os.path.join(args.model, "model.json")) as file:
    model = json.load(file)
predictions = pd.read_csv(os.path.join(args.model, "predictions.csv"))
mistakes = predictions[predictions["species"] != predictions["predicted"]]

run = Run.get_context()
lines = ["# Irises", "", "Regularization: {}".format(model["regularization"]), ""]
for species, coefficients in sorted(model["coefficients"].items()):
    feature = max(sorted(coefficients), key=lambda name: abs(coefficients[name]))
    wrong = int((mistakes["species"] == species).sum())
    told = f"told by its {feature} ({coefficients[feature]:+.4f})"
    lines.append(f"- {flowers[species]}: {told}, mistaken {wrong} times")
    run.log_row("mistakes", species=species, count=wrong)

os.makedirs(args.report, exist_ok=True)
with open(os.path.join(args.report, "report.md"), "w") as file:
    file.write("\n".join(lines) + "\n")
run.log("mistaken irises", len(mistakes))
print("\n".join(lines))
