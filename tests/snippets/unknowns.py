# names that are not defined are all told
a = one  # warning: [PL103]
b = two  # warning: [PL103]
c = a  # unknown: is not defined
# ---
# a name that is misspelt
workspace_name = "w"
a = workspace_nam  # warning: [PL103]
# ---
# an environment variable that nobody gives
import os
a = os.environ["SECRET_PLACE"]  # unknown: --env SECRET_PLACE=VALUE
b = os.environ.get("PLACE", "here")  # value: "here"
c = os.getenv("PLACE") or "there"  # value: "there"
d = os.environ.get("PLACE")  # unknown: PLACE is not given
e = "x-" + d  # unknown: PLACE is not given
# ---
# an environment variable that is given
# options: --env PLACE=moon
import os
a = os.environ["PLACE"], os.getenv("PLACE", "x"), "PLACE" in os.environ  # value: ("moon", "moon", True)
os.environ["OTHER"] = "set"
b = os.getenv("OTHER")  # value: "set"
# ---
# a missing variable that the program catches
import os
try:
    a = os.environ["NOPE"]
except KeyError:
    a = "fallback"
b = a  # value: "fallback"
# ---
# unknown is contagious
import pandas as pd
frame = pd.read_csv("x.csv")
a = frame.shape[0] * 2  # unknown: the module 'pandas' is not evaluated
b = [frame, 1][1]  # value: 1
c = f"{frame}"  # unknown: pandas
d = len([frame])  # value: 1
e = {"k": frame}["k"]  # unknown: pandas
f = frame and 1  # unknown: pandas
# ---
# an undecided if joins
import requests
if requests.get("x").ok:
    a = 1
    b = "same"
    c = None
    only = 5
else:
    a = 2
    b = "same"
    c = "other"
d = a  # unknown: it is 1 or 2
e = b  # value: "same"
f = c  # value: "other"
g = only  # value: 5
# ---
# a condition on a variable names the variable
import os
if os.environ["MODE"] == "fast":
    a = 1
else:
    a = 2
b = a  # unknown: --env MODE=VALUE
# ---
# lists that a condition changes
import requests
args = ["--x", 1]
if requests.get("x").ok:
    args += ["--flag"]
a = args[2]  # unknown: a condition decides
# ---
# a loop over something unknown
import requests
names = []
for item in requests.get("x").json():
    names.append(item)
a = len(names)  # unknown: not evaluated
b = ",".join(names)  # unknown: not evaluated
# ---
# a dict with an unknown key
import requests
d = {}
d[requests.get("x").text] = 1
a = d.get("k")  # unknown: not evaluated
b = d["k"]  # unknown: not evaluated
# ---
# only a run knows
import datetime, time, random, uuid
a = datetime.datetime.now().strftime("%Y")  # unknown: only a run knows the time
b = str(uuid.uuid4())[:8]  # unknown: it is different in each run
c = random.randint(1, 2)  # unknown: it is random
d = time.time()  # unknown: only a run knows the time
# ---
# the clock is given
# options: --env SOURCE_DATE_EPOCH=1704164645
import datetime, time
a = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")  # value: "20240102-030405"
b = datetime.date.today().isoformat()  # value: "2024-01-02"
c = int(time.time())  # value: 1704164645
# ---
# a value that the user gives
# options: --bind rate=0.5 --bind tag=nightly --bind make.count=3
import requests
rate = requests.get("x").json()
tag = requests.get("y").text
def make():
    count = requests.get("z").json()
    return count * 2
a = rate, tag, make()  # value: (0.5, "nightly", 6)
# ---
# a name that only the user gives
# options: --bind region=[1,2]
a = region  # value: [1, 2]
# ---
# how to give a value
import requests
url = requests.get("x").text  # unknown: --bind url=VALUE
def f():
    inner = requests.get("y").text
    return inner
b = f()  # unknown: --bind f.inner=VALUE
# ---
# a file that is not there
a = open("missing.json").read()  # unknown: the file 'missing.json' cannot be read
import json
with open("other.json") as f:
    b = json.load(f)  # unknown: other.json
# ---
# a file that is not there, caught
try:
    a = open("missing.txt").read()
except FileNotFoundError:
    a = "default"
b = a  # value: "default"
# ---
# a module that is not there, caught
try:
    import ujson as json
except ImportError:
    import json
a = json.loads("[1]")  # value: [1]
# ---
# a name in a try
try:
    unicode
except NameError:
    unicode = str
a = unicode(1)  # value: "1"
# ---
# a call with unknown keywords
import requests
def f(a=1): return a
b = f(**requests.get("x").json())  # unknown: how many arguments
c = f(*requests.get("x").json())  # unknown: how many arguments
# ---
# star imports of what is not known
from mystery import *
a = something  # unknown: all names are imported
# ---
# a body that may raise runs its handlers too
import requests
try:
    a = requests.get("x").json()
except Exception:
    a = "handler"
b = a  # value: "handler"
# ---
# early return under a condition
import requests
def f():
    if requests.get("x").ok:
        return 1
    return 2
a = f()  # unknown: it is 2 or 1
# ---
# input and eval
a = input("who?")  # unknown: only a run can ask its user
b = eval("1+1")  # unknown: runs no code
# ---
# match on an unknown
import requests
match requests.get("x").text:
    case "a":
        b = 1
    case _:
        b = 1
c = b  # value: 1
# ---
# a while over something unknown
import requests
n = 0
while requests.get("x").ok:
    n += 1
a = n  # unknown: it is 1 or 0
# ---
# a generator that loops over something unknown gives nobody knows how many
import pandas
def batches():
    for batch in pandas.read_csv("a.csv"):
        yield batch
count = 0  # unknown: how often it is yielded is not known
for batch in batches():
    count += 1
# ---
# a name that is not known among the keywords of a call
import os
def double(size=1, **more):
    return size * 2
a = double(**{os.environ["NAME"]: 3})  # unknown: --env NAME=VALUE
b = double(**{"size": 2, "name": os.environ["NAME"]})  # value: 4
