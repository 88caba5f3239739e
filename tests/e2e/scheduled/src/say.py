import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--word")
parser.add_argument("--output")
args = parser.parse_args()
os.makedirs(args.output)
with open(os.path.join(args.output, "word.txt"), "w") as file:
    file.write(args.word)
