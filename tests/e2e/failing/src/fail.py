import argparse
import os
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--input")
parser.add_argument("--output")
args = parser.parse_args()
with open(os.path.join(args.input, "words.txt")) as file:
    print("read:", file.read())
os.makedirs(args.output)
sys.exit(7)
