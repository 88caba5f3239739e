"""Train three classifiers on the prepared images and write what each makes of the test set."""

import argparse
import json
import os

import pandas as pd
from azureml.core import Run
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

MODELS = {
    "naive-bayes": GaussianNB(var_smoothing=0.01),
    "ridge": RidgeClassifier(alpha=1.0),
    "support-vectors": SVC(kernel="poly", degree=3, gamma=0.1, coef0=1.0, C=1.0),
}

parser = argparse.ArgumentParser()
parser.add_argument("--prepped_data", required=True, help="folder with train.csv and test.csv")
parser.add_argument("--training_results", required=True, help="folder to write the predictions to")
args = parser.parse_args()

train = pd.read_csv(os.path.join(args.prepped_data, "train.csv"))
test = pd.read_csv(os.path.join(args.prepped_data, "test.csv"))
train_pixels = train.drop(columns="digit").to_numpy()
test_pixels = test.drop(columns="digit").to_numpy()

run = Run.get_context()
predictions = pd.DataFrame({"digit": test["digit"]})
fits = {}
for name, model in MODELS.items():
    model.fit(train_pixels, train["digit"].to_numpy())
    fits[name] = round(float(model.score(train_pixels, train["digit"].to_numpy())), 4)
    predictions[name] = model.predict(test_pixels)
    print(f"{name} fits {fits[name]:.2%} of the training set")
    run.log(f"{name} fit", fits[name])

os.makedirs(args.training_results, exist_ok=True)
predictions.to_csv(os.path.join(args.training_results, "predictions.csv"), index=False)
with open(os.path.join(args.training_results, "fits.json"), "w") as file:
    json.dump(fits, file, indent=2, sort_keys=True)
