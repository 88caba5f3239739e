import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--gathered")
parser.add_argument("--report")
args = parser.parse_args()

assert not [name for name in os.environ if name.startswith("PIPELIFT_SECRET_")]
os.makedirs(args.report)
with open(os.path.join(args.report, "report.txt"), "w") as report:
    for place, _, names in sorted(os.walk(args.gathered)):
        for name in sorted(names):
            path = os.path.join(place, name)
            report.write(f"{os.path.relpath(path, args.gathered)} {os.path.getsize(path)}\n")
