"""Train a naive Bayes classifier on short texts and write how well it sorts those it has not seen.

The step has no environment of its own, so it runs in the SDK's default one: plain Python, no packages.
"""

import argparse
import csv
import json
import os
import pickle
import shutil

from azureml.core import Run

from bayes import NaiveBayes, words

parser = argparse.ArgumentParser()
parser.add_argument("--input", required=True, help="the pickled texts")
parser.add_argument("--stop-words", required=True, help="folder of word lists to leave out")
parser.add_argument("--output", required=True, help="folder to write the model and its predictions to")
args = parser.parse_args()

print("GPU tools:", shutil.which("nvidia-smi") or "none on this machine")
with open(args.input, "rb") as file:
    news = pickle.load(file)

stop_words = set()
for name in sorted(os.listdir(args.stop_words)):
    with open(os.path.join(args.stop_words, name)) as file:
        stop_words.update(file.read().split())

texts = [[word for word in words(text) if word not in stop_words] for text in news["data"]]
labels = [news["target_names"][target] for target in news["target"]]
print(f"{len(texts)} texts, {len(set(labels))} areas, {len(stop_words)} stop words")

# Every fourth text is kept for the test.
training = [pair for index, pair in enumerate(zip(texts, labels)) if index % 4 != 3]
test = [pair for index, pair in enumerate(zip(texts, labels)) if index % 4 == 3]
model = NaiveBayes(training)
predicted = [model.predict(text) for text, _ in test]
right = sum(label == guess for (_, label), guess in zip(test, predicted))

with open(os.path.join(args.output, "predictions.csv"), "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["area", "predicted"])
    writer.writerows((label, guess) for (_, label), guess in zip(test, predicted))
with open(os.path.join(args.output, "model.json"), "w") as file:
    json.dump({label: model.telling(label, 12) for label in model.labels}, file, indent=2, sort_keys=True)

run = Run.get_context()
run.log("texts", len(texts))
run.log("vocabulary", len(model.vocabulary))
run.log("accuracy", round(right / len(test), 4))
print(f"{right / len(test):.1%} of {len(test)} unseen texts sorted rightly")
