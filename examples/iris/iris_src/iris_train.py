"""Train a classifier on the table of irises and write its coefficients and predictions."""

import argparse
import json
import os

from azureml.core import Run, Dataset
from sklearn.linear_model import RidgeClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--regularization", type=float, required=True, help="how hard to hold coefficients back")
parser.add_argument("--model", required=True, help="folder to write the model to")
args = parser.parse_args()

run_context = Run.get_context()
iris_dataset = run_context.input_datasets['iris_data']
dataframe = iris_dataset.to_pandas_dataframe()
ws = run_context.experiment.workspace
print(f"{len(dataframe)} irises, in the workspace {ws.name}")

features = [column for column in dataframe.columns if column != "species"]
held_back = dataframe.index % 3 == 2
training, test = dataframe[~held_back], dataframe[held_back]

classifier = RidgeClassifier(alpha=args.regularization)
classifier.fit(training[features].to_numpy(), training["species"].to_numpy())
predicted = classifier.predict(test[features].to_numpy())
accuracy = round(float((predicted == test["species"].to_numpy()).mean()), 4)

coefficients = {
    str(species): {feature: round(float(value), 4) for feature, value in zip(features, row)}
    for species, row in zip(classifier.classes_, classifier.coef_)
}
os.makedirs(args.model, exist_ok=True)
with open(os.path.join(args.model, "model.json"), "w") as file:
    model = {"regularization": args.regularization, "coefficients": coefficients}
    json.dump(model, file, indent=2, sort_keys=True)
test[["species"]].assign(predicted=predicted).to_csv(os.path.join(args.model, "predictions.csv"), index=False)

run_context.log("regularization", args.regularization)
run_context.log("accuracy", accuracy)
print(f"{accuracy:.1%} of {len(test)} unseen irises named rightly")
