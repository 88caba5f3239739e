# arguments of every kind
def f(a, /, b, c=3, *rest, d, e=5, **more):
    return (a, b, c, rest, d, e, more)
a = f(1, 2, d=4)  # value: (1, 2, 3, (), 4, 5, {})
b = f(1, 2, 9, 8, 7, d=4, z=0)  # value: (1, 2, 9, (8, 7), 4, 5, {"z": 0})
args, kwargs = (1, 2), {"d": 4, "e": 6}
c = f(*args, **kwargs)  # value: (1, 2, 3, (), 4, 6, {})
# ---
# an argument is missing
def f(a, b): return a
x = f(1)  # error: [PL106]
# ---
# an argument too many
def f(a): return a
x = f(1, 2)  # error: [PL106]
# ---
# an argument twice
def f(a): return a
x = f(1, a=2)  # error: [PL106]
# ---
# defaults are evaluated once
def f(x, into=[]):
    into.append(x)
    return into
f(1)
a = f(2)  # value: [1, 2]
# ---
# closures
def counter():
    n = 0
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step
c = counter()
c()
a = c(5), counter()()  # value: (6, 1)
total = 0
def add(x):
    global total
    total += x
add(3)
b = total  # value: 3
# ---
# late binding
fs = [lambda: i for i in range(3)]
a = [f() for f in fs]  # value: [2, 2, 2]
# ---
# recursion
def fact(n): return 1 if n < 2 else n * fact(n - 1)
a = fact(20)  # value: 2432902008176640000
def deep(n): return deep(n + 1)
b = deep(0)  # unknown: deep
# ---
# generators
def numbers(n):
    for i in range(n):
        yield i
    yield from "ab"
a = list(numbers(2))  # value: [0, 1, "a", "b"]
b = next(numbers(3)), sum(x for x in numbers(0) if x != "a" and x != "b")  # value: (0, 0)
def forever():
    i = 0
    while True:
        yield i
        i += 1
for x in forever():
    if x > 3:
        break
c = x  # value: 4
# ---
# decorators
import functools
def twice(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        return f(*args, **kwargs) * 2
    return inner
@twice
def one(): return 1
a = one()  # value: 2
def times(n):
    def wrap(f):
        return lambda: f() * n
    return wrap
@times(3)
@twice
def two(): return 2
b = two()  # value: 12
# ---
# a decorator that is not known leaves the function
from tenacity import retry
@retry(stop=3)
def f(): return 1
a = f()  # value: 1
# ---
# lambdas and callables as values
ops = {"add": lambda a, b: a + b, "up": str.upper}
a = ops["add"](1, 2), ops["up"]("x"), callable(ops["add"])  # value: (3, "X", True)
# ---
# several results
def f(): return 1, [2]
x, (y,) = f()
a = x + y  # value: 3
# ---
# a function without a return
def f(): pass
a = f()  # value: None
# ---
# attributes of functions
def f():
    """What it does."""
f.label = "l"
a = f.__name__, f.__doc__, f.label  # value: ("f", "What it does.", "l")
# ---
# what is no function
a = 3
a()  # error: [PL106]
# ---
# keywords given twice
def f(**k): return k
a = f(a=1, **{"a": 2})  # error: [PL106]
