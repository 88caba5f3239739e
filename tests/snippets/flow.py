# loops with else
found = None
for i in range(5):
    if i == 3:
        found = i
        break
else:
    found = "none"
a = found  # value: 3
for i in []:
    pass
else:
    b = "else"  # value: "else"
while i < 6 if i else True:
    i += 1
    if i == 5:
        continue
    if i > 5:
        break
c = i  # value: 6
# ---
# while
n, steps = 27, 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
a = steps  # value: 111
# ---
# a loop sees what its body adds
a = [1]
for x in a:
    if x < 3:
        a.append(x + 1)
b = a  # value: [1, 2, 3]
# ---
# a loop that does not end: what it may change is unknown, what it does not is known
a, b, c, d, e = 0, [1], {"k": 1}, "kept", [1]
while True:  # warning: [PL108]
    a += 1
    b.append(a)
    c["n"] = a
    if a > 10**9:
        e.append(a)
f = a  # unknown: takes more steps
g = b[0]  # unknown: takes more steps
h = c.get("k")  # unknown: takes more steps
i = d  # value: "kept"
j = len(e)  # unknown: takes more steps
# ---
# a comprehension that takes too long
a = [i for i in range(1000) for j in range(1000)]  # warning: [PL108]
b = a  # unknown: takes more steps
# ---
# a loop in a function takes too long: what it may return is unknown
def f(n):
    for i in range(10**6):  # warning: [PL108]
        for j in range(10**6):
            if i * j > n:
                return i
    return 0
a = f(10**11)  # unknown: takes more steps
# ---
# a program that takes too much
def f(n):
    x = list(range(10**6))  # error: [PL107]
    return f(n + 1)
f(0)
# ---
# what is too large is unknown, and not what it was before
a, b, c = "x" * 10**6, list(range(10**6)), {1, 2}
a += a
b += b
d = a  # unknown: too large
e = b[0]  # unknown: too large
# ---
# try, else, finally
log = []
def f(x):
    try:
        log.append(1 / x)
    except ZeroDivisionError:
        log.append("zero")
        return "handled"
    else:
        log.append("else")
    finally:
        log.append("finally")
    return "after"
a = f(0), f(1)  # value: ("handled", "after")
b = log  # value: ["zero", "finally", 1.0, "else", "finally"]
# ---
# missing keys as control flow
config = {"a": 1}
try:
    a = config["b"]
except KeyError as error:
    a = "default " + str(error)
b = a  # value: "default 'b'"
# ---
# exceptions of one's own
class Failed(ValueError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code
try:
    raise Failed(3)
except (KeyError, ValueError) as error:
    a = error.code, str(error), type(error).__name__, isinstance(error, ValueError)  # value: (3, "code 3", "Failed", True)
# ---
# raising again
def f():
    try:
        raise KeyError("k")
    except KeyError:
        raise
try:
    f()
except LookupError as error:
    a = error.args  # value: ("k",)
try:
    try:
        1 / 0
    except ZeroDivisionError as cause:
        raise RuntimeError("outer") from cause
except RuntimeError as error:
    b = str(error)  # value: "outer"
# ---
# what nothing catches
def f():
    raise ValueError("no")  # error: [PL106]
f()
a = 1
# ---
# an exception is unbound after its handler
try:
    raise ValueError("x")
except ValueError as error:
    pass
a = error  # warning: [PL103]
# ---
# assert
assert 1 == 1
assert 1 == 2, "told"  # error: [PL106]
# ---
# the end of the program
import sys
a = 1  # value: 1
if a:
    sys.exit(0)
a = 2
# ---
# match
def kind(x):
    match x:
        case 0:
            return "zero"
        case int(n) if n > 100:
            return "large"
        case int() | float():
            return "number"
        case "a" | "b":
            return "letter"
        case [first, *rest]:
            return ("list", first, rest)
        case {"k": value, **others}:
            return ("dict", value, others)
        case None:
            return "none"
        case _:
            return "other"
a = [kind(x) for x in (0, 500, 3, "b", [1, 2, 3], {"k": 1, "z": 2}, None, "q")]  # value: ["zero", "large", "number", "letter", ("list", 1, [2, 3]), ("dict", 1, {"z": 2}), "none", "other"]
# ---
# match on classes
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int
def where(p):
    match p:
        case Point(0, 0): return "origin"
        case Point(x=0, y=y): return f"y={y}"
        case Point(x, y): return x + y
a = where(Point(0, 0)), where(Point(0, 2)), where(Point(1, 2))  # value: ("origin", "y=2", 3)
# ---
# the program's own file
if __name__ == "__main__":
    a = "main"  # value: "main"
# ---
# context managers
log = []
class Open:
    def __enter__(self):
        log.append("in")
        return 5
    def __exit__(self, kind, value, trace):
        log.append(kind.__name__ if kind else "out")
        return True
with Open() as x:
    log.append(x)
with Open():
    raise ValueError("swallowed")
a = log  # value: ["in", 5, "out", "in", "ValueError"]
# ---
# context managers as generators
from contextlib import contextmanager, suppress
log = []
@contextmanager
def section(name):
    log.append("begin " + name)
    try:
        yield name.upper()
    finally:
        log.append("end " + name)
with section("a") as a1, section("b"):
    log.append(a1)
a = list(log)  # value: ["begin a", "begin b", "A", "end b", "end a"]
with suppress(KeyError):
    {}["x"]
b = "on"  # value: "on"
def f():
    with section("r"):
        return 7
c = f()  # value: 7
# ---
# del
x, y = 1, [1, 2]
del x, y[0]
a = y  # value: [2]
b = x  # warning: [PL103]
# ---
# async
import asyncio
async def add(a, b):
    await asyncio.sleep(1)
    return a + b
async def main():
    return await add(1, 2)
a = asyncio.run(main())  # value: 3
