# lists
a = [3, 1, 2]
a.append(4)
a.sort(reverse=True)
b = a[1:3], a[-1], a[::2]  # value: ([3, 2], 1, [4, 2])
c = sorted(["bb", "a"], key=len)  # value: ["a", "bb"]
d = [*a, *(9,)]  # value: [4, 3, 2, 1, 9]
e = list(reversed([1, 2]))  # value: [2, 1]
f = [1] * 3 + [2]  # value: [1, 1, 1, 2]
g = a.index(2), a.count(4), len(a), a.pop(), a  # value: (2, 1, 4, 1, [4, 3, 2])
h = [[0] * 2 for _ in range(2)]
h[0][1] = 5
i = h  # value: [[0, 5], [0, 0]]
# ---
# in-place addition changes the list that others hold
a = [1]
b = a
a += [2]
c = list(b)  # value: [1, 2]
a *= 2
d = b  # value: [1, 2, 1, 2]
# ---
# slices can be set and deleted
a = [1, 2, 3, 4]
a[1:3] = ["x"]
del a[0]
b = a  # value: ["x", 4]
# ---
# an index beyond the end
a = [1][3]  # error: [PL106]
# ---
# dicts
a = {"x": 1, **{"y": 2}}
a["z"] = 3
a.update(w=4)
b = sorted(a.items())  # value: [("w", 4), ("x", 1), ("y", 2), ("z", 3)]
c = a.get("q", 0), a.pop("x"), "x" in a, len(a)  # value: (0, 1, False, 3)
d = {k: v for k, v in a.items() if v > 2}  # value: {"z": 3, "w": 4}
e = list(a), list(a.values())  # value: (["y", "z", "w"], [2, 3, 4])
f = dict(a=1, b=2) | {"b": 3}  # value: {"a": 1, "b": 3}
g = dict([("k", 1)]), dict.fromkeys("ab", 0)  # value: ({"k": 1}, {"a": 0, "b": 0})
h = {}.setdefault("l", []).append(1)  # value: None
del a["y"]
i = a  # value: {"z": 3, "w": 4}
j = {1: "a"}.keys() & {1, 2}  # value: {1}
# ---
# a key that is missing
a = {"x": 1}["y"]  # error: [PL106]
# ---
# a key that cannot be one
a = {[]: 1}  # error: [PL106]
# ---
# sets and tuples
a = {1, 2} | {3}, {1, 2} & {2}, {1, 2} - {2}  # value: ({1, 2, 3}, {2}, {1})
b = (1, 2) + (3,), (1, 2)[0], len(()), tuple("ab")  # value: ((1, 2, 3), 1, 0, ("a", "b"))
c = {x % 2 for x in range(5)}  # value: {0, 1}
d = frozenset([1]) == {1}  # value: True
s = set()
s.add(1)
e = s  # value: {1}
# ---
# unpacking
a, *b = [1, 2, 3]
c = a, b  # value: (1, [2, 3])
(d, e), f = (1, 2), 3
g = d, e, f  # value: (1, 2, 3)
*h, i = "abc"
j = h, i  # value: (["a", "b"], "c")
k = m = []
m.append(1)
n = k  # value: [1]
# ---
# unpacking the wrong number
a, b = [1, 2, 3]  # error: [PL106]
# ---
# comprehensions
a = [x * y for x in range(3) for y in range(x)]  # value: [0, 0, 2]
b = {k: [i for i in range(k)] for k in (1, 2)}  # value: {1: [0], 2: [0, 1]}
c = list(x for x in "ab")  # value: ["a", "b"]
d = [fn() for fn in [lambda i=i: i for i in range(3)]]  # value: [0, 1, 2]
e = any(x > 1 for x in [1, 2]), all([]), any([])  # value: (True, True, False)
# ---
# iterators are used up
z = zip("ab", [1, 2])
a = list(z)  # value: [("a", 1), ("b", 2)]
b = list(z)  # value: []
c = dict(enumerate("ab", 1))  # value: {1: "a", 2: "b"}
d = list(map(str, [1, 2])), list(filter(None, [0, 1]))  # value: (["1", "2"], [1])
e = next(iter([5])), next(iter([]), "none")  # value: (5, "none")
it = iter([1, 2, 3])
f = next(it), list(it)  # value: (1, [2, 3])
g = list(map(str.upper, ["a"])), sorted(["B", "a"], key=str.lower)  # value: (["A"], ["a", "B"])
h = max({"a": 1, "b": 3}.items(), key=lambda kv: kv[1])  # value: ("b", 3)
i = list(zip(*[(1, 2), (3, 4)]))  # value: [(1, 3), (2, 4)]
# ---
# collections
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
a = Counter("abca").most_common(1)  # value: [("a", 2)]
d = defaultdict(list)
d["x"].append(1)
b = dict(d)  # value: {"x": [1]}
o = OrderedDict([("a", 1)])
o["b"] = 2
c = list(o.items())  # value: [("a", 1), ("b", 2)]
q = deque([1, 2], maxlen=2)
q.append(3)
e = list(q)  # value: [2, 3]
Point = namedtuple("Point", ["x", "y"], defaults=[0])
p = Point(1)
f = p.x, p.y, p[0], p._replace(y=5)._asdict()  # value: (1, 0, 1, {"x": 1, "y": 5})
n = defaultdict(int)
for letter in "aab":
    n[letter] += 1
g = dict(n)  # value: {"a": 2, "b": 1}
# ---
# itertools
import itertools
a = list(itertools.product("ab", [1, 2]))  # value: [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
b = list(itertools.chain([1], (2, 3)))  # value: [1, 2, 3]
c = list(zip(itertools.count(1), "ab"))  # value: [(1, "a"), (2, "b")]
d = [k for k, g in itertools.groupby("aab")]  # value: ["a", "b"]
e = list(itertools.islice([1, 2, 3], 2))  # value: [1, 2]
f = list(itertools.accumulate([1, 2, 3]))  # value: [1, 3, 6]
g = list(itertools.combinations("abc", 2))  # value: [("a", "b"), ("a", "c"), ("b", "c")]
h = list(itertools.chain.from_iterable([[1], [2]]))  # value: [1, 2]
# ---
# functools
from functools import partial, reduce
a = reduce(lambda x, y: x + y, [1, 2, 3], 10)  # value: 16
def f(a, b, c=0): return (a, b, c)
b = partial(f, 1, c=3)(2)  # value: (1, 2, 3)
# ---
# copies
import copy
x = {"a": [1]}
y = copy.copy(x)
z = copy.deepcopy(x)
x["a"].append(2)
a = y, z  # value: ({"a": [1, 2]}, {"a": [1]})
# ---
# a list that holds itself many times over
a = [0]
for _ in range(60):
    a = [a, a]
e = str(a)  # unknown: too large
b = [0]
for _ in range(60):
    b = [b, b]
c = a == b  # unknown: too large
d = hash((a,))  # unknown: hash
# ---
# a list that doubles
a = [1]
for _ in range(100):
    a = a + a  # unknown: too large
