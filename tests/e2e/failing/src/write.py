import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--output")
args = parser.parse_args()
os.makedirs(args.output)
with open(os.path.join(args.output, "words.txt"), "w") as file:
    file.write("written\n")
