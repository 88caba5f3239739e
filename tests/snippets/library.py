# os.path
import os
from os.path import join
a = os.path.join("a", "b", "../c"), join("a", "/b")  # value: ("a/b/../c", "/b")
b = os.path.basename("a/b.txt"), os.path.splitext("b.tar.gz"), os.path.dirname("a/b")  # value: ("b.txt", ("b.tar", ".gz"), "a")
c = os.path.normpath("a/./b/../c"), os.path.isabs("/x")  # value: ("a/c", True)
d = os.path.exists("data.txt"), os.path.isdir("nope"), os.path.isfile("data.txt")  # value: (True, False, True)
e = os.path.basename(__file__), os.path.relpath(__file__)  # value: ("program.py", "program.py")
f = os.path.basename(os.path.dirname(os.path.abspath("sub/x"))), os.sep  # value: ("sub", "/")
# file: data.txt
hello
# ---
# pathlib
from pathlib import Path
p = Path("a") / "b" / "c.txt"
a = str(p), p.name, p.stem, p.suffix, p.parent.name, p.parts  # value: ("a/b/c.txt", "c.txt", "c", ".txt", "b", ("a", "b", "c.txt"))
b = Path(__file__).parent.joinpath("data.txt").read_text()  # value: "hello\n"
c = Path("data.txt").exists(), p.with_suffix(".csv").as_posix(), Path("x") == Path("x")  # value: (True, "a/b/c.csv", True)
d = isinstance(p, Path), f"{p}", "pre" + str(p)  # value: (True, "a/b/c.txt", "prea/b/c.txt")
e = Path(__file__).resolve().parents[0].joinpath("data.txt").is_file()  # value: True
f = sorted(x.name for x in Path(".").glob("*.txt"))  # value: ["data.txt"]
# file: data.txt
hello
# ---
# json
import json
with open("config.json") as f:
    config = json.load(f)
a = config["steps"][0]["name"], json.loads('{"a": [1, null]}')  # value: ("one", {"a": [1, None]})
b = json.dumps({"b": 1, "a": [True]}, sort_keys=True), json.dumps([1], indent=1)  # value: ('{"a": [true], "b": 1}', "[\n 1\n]")
try:
    json.loads("{")
except json.JSONDecodeError:
    c = "bad"  # value: "bad"
# file: config.json
{"steps": [{"name": "one"}]}
# ---
# json that is none
import json
a = json.loads("{")  # error: [PL106]
# ---
# yaml
import yaml
with open("config.yml") as f:
    config = yaml.safe_load(f)
a = config  # value: {"name": "n", "list": [1, 2], "on": True}
b = yaml.load("a: 1", Loader=yaml.FullLoader)  # value: {"a": 1}
c = list(yaml.safe_load_all("a: 1\n---\nb: 2"))  # value: [{"a": 1}, {"b": 2}]
# file: config.yml
name: n
list: [1, 2]
"on": yes
# ---
# configparser
import configparser
config = configparser.ConfigParser()
config.read("settings.ini")
a = config["main"]["name"], config.getint("main", "count"), config.get("main", "nope", fallback="f")  # value: ("n", 3, "f")
b = config.sections(), "main" in config, config.getboolean("main", "flag")  # value: (["main"], True, True)
# file: settings.ini
[main]
name = n
count = 3
flag = yes
# ---
# datetime
from datetime import datetime, timedelta, date
d = datetime(2024, 2, 28, 12) + timedelta(days=2, hours=13)
a = d.strftime("%Y-%m-%d %H:%M"), d.year, d.weekday(), d.isoformat()  # value: ("2024-03-02 01:00", 2024, 5, "2024-03-02T01:00:00")
b = (date(2024, 3, 1) - date(2024, 2, 1)).days, datetime.strptime("01.02.2023", "%d.%m.%Y").month  # value: (29, 2)
c = str(date(2020, 1, 1)), f"{d:%d/%m}", d > datetime(2000, 1, 1)  # value: ("2020-01-01", "02/03", True)
# ---
# re
import re
a = re.sub(r"[^a-z]+", "-", "ab cd!e"), re.findall(r"\d+", "a1b22")  # value: ("ab-cd-e", ["1", "22"])
m = re.match(r"(?P<name>\w+)-(\d+)", "run-42 x")
b = m.group("name"), m.group(2), m.groups(), m.end()  # value: ("run", "42", ("run", "42"), 6)
c = re.compile(r"^v(\d)").search("v3").group(1), re.split(r",\s*", "a, b,c"), bool(re.search("z", "abc"))  # value: ("3", ["a", "b", "c"], False)
# ---
# a pattern that could take for ever
import re
a = re.match(r"(a+)+$", "a" * 50 + "b")  # unknown: too long
# ---
# files that the program writes
import os, shutil
os.makedirs("out/deep", exist_ok=True)
with open("out/deep/x.txt", "w") as f:
    f.write("one\n")
    f.write("two\n")
with open("out/deep/x.txt", "a") as f:
    f.writelines(["three\n"])
shutil.copy("out/deep/x.txt", "out/y.txt")
a = open("out/y.txt").read(), os.path.isdir("out/deep"), sorted(os.listdir("out"))  # value: ("one\ntwo\nthree\n", True, ["deep", "y.txt"])
b = [line.strip() for line in open("out/y.txt")]  # value: ["one", "two", "three"]
f = open("out/y.txt")
c = f.readline(), f.read(2), f.readlines()  # value: ("one\n", "tw", ["o\n", "three\n"])
# ---
# argparse defaults
import argparse
p = argparse.ArgumentParser(description="x")
p.add_argument("--rate", type=float, default=0.5, help="%%")
p.add_argument("--names", nargs="+", default=["a"])
p.add_argument("--flag", action="store_true")
p.add_argument("-n", "--number", type=int, default="3")
p.add_argument("--kind", choices=["x", "y"])
args = p.parse_args()
a = args.rate, args.names, args.flag, args.number, args.kind  # value: (0.5, ["a"], False, 3, None)
b = sorted(vars(args))  # value: ["flag", "kind", "names", "number", "rate"]
# ---
# argparse with arguments
# options: -- pos --rate 1 --names p q --flag -n 7 --extra=1
import argparse
p = argparse.ArgumentParser()
p.add_argument("where")
p.add_argument("--rate", type=float)
p.add_argument("--names", nargs="+")
p.add_argument("--flag", action="store_true")
p.add_argument("-n", dest="count", type=int)
args, rest = p.parse_known_args()
a = args.where, args.rate, args.names, args.flag, args.count, rest  # value: ("pos", 1.0, ["p", "q"], True, 7, ["--extra=1"])
# ---
# argparse: what is required and missing
import argparse
p = argparse.ArgumentParser()
p.add_argument("--name", required=True)
p.add_argument("path")
args = p.parse_args()
a = args.name  # unknown: -- --name VALUE
b = args.path  # unknown: the argument path is not given
# ---
# argparse: an argument that is refused
# options: -- --rate x
import argparse
p = argparse.ArgumentParser()
p.add_argument("--rate", type=float)
args = p.parse_args()  # error: [PL106]
# ---
# argparse: commands
# options: -- train --epochs 2
import argparse
p = argparse.ArgumentParser()
sub = p.add_subparsers(dest="command")
train = sub.add_parser("train")
train.add_argument("--epochs", type=int)
train.set_defaults(what="t")
args = p.parse_args()
a = args.command, args.epochs, args.what  # value: ("train", 2, "t")
# ---
# click
# options: -- --rate 2 --no-dry src a b
import click
seen = []
@click.command()
@click.option("--rate", "-r", default=1.0, type=float, show_default=True)
@click.option("--name", default="n", help="x")
@click.option("--dry/--no-dry", default=True)
@click.option("--verbose", is_flag=True)
@click.argument("source")
@click.argument("others", nargs=-1)
def main(rate, name, dry, verbose, source, others):
    seen.append((rate, name, dry, verbose, source, others))
try:
    main()
except SystemExit:
    a = seen  # value: [(2.0, "n", False, False, "src", ("a", "b"))]
# ---
# click with a required option
import click
seen = []
@click.command()
@click.option("--name", required=True)
def main(name):
    seen.append(name)
main(standalone_mode=False)
a = seen[0]  # unknown: -- --name VALUE
# ---
# click reads as click does
# options: --env RATE=0.25 -- --mode TRAIN --pair 1 x -vv --tag a --tag=b --level 3 --day 2024-01-02 --out o --low left right
import click
seen = []
@click.command()
@click.option("--mode", type=click.Choice(["train", "test"], case_sensitive=False))
@click.option("--pair", type=(int, str))
@click.option("-v", "verbose", count=True)
@click.option("--tag", "tags", multiple=True)
@click.option("--level", type=click.IntRange(0, 5))
@click.option("--rate", type=float, envvar="RATE")
@click.option("--day", type=click.DateTime())
@click.option("--out", type=click.Path(exists=True))
@click.option("--low", "speed", flag_value="low")
@click.option("--high", "speed", flag_value="high", default=True)
@click.option("--size", default=7)
@click.argument("sides", nargs=2)
def main(**given):
    seen.append(given)
main(standalone_mode=False)
a = seen[0]["mode"], seen[0]["pair"], seen[0]["verbose"], seen[0]["tags"]  # value: ("train", (1, "x"), 2, ("a", "b"))
b = seen[0]["level"], seen[0]["rate"], seen[0]["day"].year, seen[0]["out"]  # value: (3, 0.25, 2024, "o")
c = seen[0]["speed"], seen[0]["size"], seen[0]["sides"]  # value: ("low", 7, ("left", "right"))
# ---
# click refuses the beginning of an option, whatever the program catches around it
# options: -- --learning 0.5
import click
seen = []
@click.command()
@click.option("--learning-rate", type=float)
def main(learning_rate):
    seen.append(learning_rate)
try:
    main()  # error: [PL106]
except ValueError:
    pass
# ---
# click refuses what is no choice
# options: -- --mode fly
import click
@click.command()
@click.option("--mode", type=click.Choice(["train", "test"]))
def main(mode): pass
main()  # error: [PL106]
# ---
# click with defaults that are values of the program
import click, requests
u = requests.get("x").json()
seen = []
def made(): return 4
@click.command()
@click.option("--known", default=made)
@click.option("--open", default=u)
@click.option("--parsed", default="3", type=lambda text: int(text) + 1)
@click.option("--changed", default="a", callback=lambda ctx, param, value: value + "!")
def main(known, open, parsed, changed):
    seen.append((known, parsed, changed))
    seen.append(open)
main(standalone_mode=False)
a = seen[0]  # value: (4, 4, "a!")
b = seen[1]  # unknown: requests
# ---
# click's groups and contexts
# options: -- --loud train --rate 2
import click
seen = []
@click.group()
@click.option("--loud", is_flag=True)
@click.pass_context
def cli(ctx, loud):
    ctx.obj = loud
    seen.append(loud)
@cli.command("train")
@click.option("--rate", type=int)
@click.pass_context
def train(ctx, rate):
    seen.append(rate)
cli(standalone_mode=False)
a = seen  # value: [True, 2]
# ---
# click is given arguments that are not known
import click, requests
seen = []
@click.command()
@click.option("--rate", type=int)
def main(rate):
    seen.append(rate)
main(args=["--rate", requests.get("x").text], standalone_mode=False)
a = seen[0]  # unknown: command line
# ---
# a callback of typer runs before the command
# options: --env REGION=us -- --verbose --size 3 train now
import typer
app = typer.Typer()
seen = []
@app.callback()
def main(ctx: typer.Context, verbose: bool = False, size: int = 1, region: str = typer.Option("eu", envvar="REGION")):
    seen.append((verbose, size, region))
@app.command()
def train(word: str, context: "typer.Context" = None):
    seen.append(word)
try:
    app()
except SystemExit:
    a = seen  # value: [(True, 3, "us"), "now"]
# ---
# a callback of typer without a command
# options: -- --size 2
import typer
seen = []
def main(size: int = 1):
    seen.append(size)
app = typer.Typer(callback=main, invoke_without_command=True)
@app.command()
def train():
    seen.append("train")
try:
    app()
except SystemExit:
    a = seen  # value: [2]
# ---
# one command below a callback of typer has to be named
# options: -- train
import typer
app = typer.Typer()
seen = []
@app.callback()
def main():
    pass
@app.command()
def train():
    seen.append("train")
try:
    app()
except SystemExit:
    a = seen  # value: ["train"]
# ---
# typer with annotations
# options: --env SIZE=9 -- --colour red --tag a --tag b --where x/y
import typer
from enum import Enum
from pathlib import Path
from typing import Annotated, List, Optional
class Colour(str, Enum):
    red = "red"
    blue = "blue"
seen = []
def main(
    colour: Colour = Colour.blue,
    tag: List[str] = typer.Option([]),
    where: Optional[Path] = None,
    size: Annotated[int, typer.Option("--size", envvar="SIZE")] = 1,
    name: Annotated[str, typer.Option(help="x")] = "n",
):
    seen.append((colour.value, list(tag), where.name, size, name))
try:
    typer.run(main)
except SystemExit:
    a = seen  # value: [("red", ["a", "b"], "y", 9, "n")]
# ---
# typer
# options: -- data --count 2
import typer
app = typer.Typer()
seen = []
@app.command()
def main(source: str, count: int = typer.Option(1, "--count", "-c"), rate: float = 0.5, dry: bool = False):
    seen.append((source, count, rate, dry))
try:
    app()
except SystemExit:
    a = seen  # value: [("data", 2, 0.5, False)]
# ---
# fire
# options: -- --rate 2 --name x --flag
import fire
seen = []
def main(rate=1, name="n", flag=False):
    seen.append((rate, name, flag))
fire.Fire(main)
a = seen  # value: [(2, "x", True)]
# ---
# fire with a class
# options: -- run 3
import fire
seen = []
class Tool:
    def run(self, n):
        seen.append(n)
fire.Fire(Tool)
a = seen  # value: [3]
# ---
# dotenv
import os
from dotenv import load_dotenv
load_dotenv()
a = os.environ["NAME"], os.getenv("QUOTED"), os.environ.get("EMPTY")  # value: ("value", "a b # c", "")
# file: .env
# comment
export NAME=value
QUOTED="a b # c"
EMPTY=
# ---
# dotenv does not win over what is given
# options: --env NAME=outside
import os
from dotenv import load_dotenv
load_dotenv(".env")
a = os.environ["NAME"]  # value: "outside"
# file: .env
NAME=inside
# ---
# dotenv reads what python-dotenv reads
# options: --env HOST=outside
import os
from dotenv import dotenv_values, load_dotenv
found = dotenv_values(".env")
load_dotenv()
a = found["LINES"]  # value: "one\ntwo"
b = found["ESCAPED"], found["RAW"], found["BARE"]  # value: ("a\tb \"c\"", "a\\tb", "x y")
c = found["URL"], os.environ["URL"]  # value: ("https://inside/v1", "https://outside/v1")
d = found["DEFAULT"], found["NOTHING"]  # value: ("d", None)
e = found["OPEN"]  # unknown: the environment variable ELSEWHERE is not given
f = os.environ["OPEN"]  # unknown: the environment variable ELSEWHERE is not given
g = dotenv_values(".env", interpolate=False)["URL"]  # value: "https://${HOST}/v1"
h = "BROKEN" in found  # value: False
# file: .env
LINES="one
two"
ESCAPED="a\tb \"c\""
RAW='a\tb'
BARE=x y  # comment
HOST=inside
URL=https://${HOST}/v1
DEFAULT=${ABSENT:-d}
NOTHING
OPEN=${ELSEWHERE}/x
BROKEN="
# ---
# sys
# options: -- one two
import sys
a = sys.argv[1:], len(sys.argv), sys.platform  # value: (["one", "two"], 3, "linux")
# ---
# logging is silent
import logging
log = logging.getLogger(__name__)
logging.basicConfig(level=logging.INFO)
log.info("x %s", 1)
a = logging.INFO  # value: 20
# ---
# operator
import operator
a = sorted([{"n": 2}, {"n": 1}], key=operator.itemgetter("n"))  # value: [{"n": 1}, {"n": 2}]
# ---
# secrets of the machine are not there
import os
a = os.environ["HOME"]  # unknown: --env HOME=VALUE
from pathlib import Path
b = Path.home()  # unknown: the home folder
c = os.path.expanduser("~/x")  # unknown: the home folder
# ---
# importlib
import importlib
from importlib import import_module
a = importlib.import_module("shop.names").NAME, import_module(".names", package="shop").NAME  # value: ("one", "one")
b = importlib.reload(importlib.import_module("json")).loads("[1]")  # value: [1]
c = importlib.import_module("not_there")  # unknown: the module 'not_there' is not evaluated
d = importlib.import_module("shop/../../etc")  # unknown: the name of the module is none that pipelift looks for
# file: shop/__init__.py
# file: shop/names.py
NAME = "one"
# ---
# tomllib
import tomllib, toml
with open("config.toml", "rb") as f:
    config = tomllib.load(f)
a = config["train"]["rounds"], tomllib.loads("x = [1, 2]")  # value: (3, {"x": [1, 2]})
b = toml.load("config.toml")["train"], toml.loads("y = true")  # value: ({"rounds": 3}, {"y": True})
try:
    tomllib.loads("= 1")
except tomllib.TOMLDecodeError:
    c = "bad"  # value: "bad"
# file: config.toml
[train]
rounds = 3
# ---
# distutils
from distutils.util import strtobool
import distutils.util
a = strtobool("Yes"), bool(strtobool("off")), distutils.util.strtobool("1")  # value: (1, False, 1)
try:
    strtobool("maybe")
except ValueError:
    b = "no"  # value: "no"
# ---
# string.Template
from string import Template
t = Template("$name-${n} costs $$1")
a = t.substitute(name="a", n=1), t.substitute({"name": "b"}, n=2)  # value: ("a-1 costs $1", "b-2 costs $1")
b = t.safe_substitute(name="a")  # value: "a-${n} costs $1"
try:
    t.substitute(name="a")
except KeyError:
    c = "missing"  # value: "missing"
# ---
# csv
import csv
with open("rows.csv") as f:
    rows = [row for row in csv.DictReader(f)]
a = rows[1]["name"], len(rows)  # value: ("two, too", 2)
with open("rows.csv", newline="") as f:
    b = list(csv.reader(f))[0], next(csv.reader(["a;b"], delimiter=";"))  # value: (["name", "kind"], ["a", "b"])
c = csv.reader(open("rows.csv"), quoting=csv.QUOTE_ALL)  # unknown: the rows are not known
for row in csv.reader(["x,y"]):
    d = row[1]  # value: "y"
# file: rows.csv
name,kind
one,1
"two, too",2
# ---
# subprocess runs nothing
import subprocess
a = subprocess.check_output(["touch", "canary"])  # unknown: pipelift runs no commands
b = subprocess.run("git rev-parse HEAD", shell=True, capture_output=True).stdout  # unknown: does not read this from the repository
try:
    c = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True)
except Exception:
    c = "none"
