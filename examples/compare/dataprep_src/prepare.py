"""Read the images of digits, scale their pixels, and split them into a training and a test set."""

import argparse
import os

import pandas as pd
from azureml.core import Run

BRIGHTEST = 16  # pixels are whole numbers from 0 to 16

parser = argparse.ArgumentParser()
parser.add_argument("--input", required=True, help="folder with one file for each digit")
parser.add_argument("--output", required=True, help="folder to write train.csv and test.csv to")
args = parser.parse_args()

frames = []
for name in sorted(os.listdir(args.input)):
    images = pd.read_csv(os.path.join(args.input, name))
    pixels = images / BRIGHTEST
    pixels.insert(0, "digit", int(os.path.splitext(name)[0].split("-")[1]))
    frames.append(pixels)
    print(f"{name}: {len(images)} images")

# Every fifth image of each digit is kept for the test, so that both sets hold all digits.
train = pd.concat([frame[frame.index % 5 != 4] for frame in frames])
test = pd.concat([frame[frame.index % 5 == 4] for frame in frames])

os.makedirs(args.output, exist_ok=True)
train.to_csv(os.path.join(args.output, "train.csv"), index=False, float_format="%.4f")
test.to_csv(os.path.join(args.output, "test.csv"), index=False, float_format="%.4f")

run = Run.get_context()
run.log("training images", len(train))
run.log("test images", len(test))
