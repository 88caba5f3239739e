# classes
class Base:
    kind = "base"
    def __init__(self, name):
        self.name = name
    def hello(self): return f"{self.kind} {self.name}"
    @classmethod
    def make(cls): return cls("made")
    @staticmethod
    def add(a, b): return a + b
class Child(Base):
    kind = "child"
    def __init__(self, name, age=3):
        super().__init__(name.upper())
        self.age = age
    def hello(self): return super().hello() + "!"
c = Child("x")
a = c.hello(), c.age, Child.make().hello(), Base.add(1, 2), c.add(1, 1)  # value: ("child X!", 3, "child MADE!", 3, 2)
b = isinstance(c, Base), issubclass(Child, Base), type(c).__name__  # value: (True, True, "Child")
Base.kind = "changed"
d = Base("n").kind  # value: "changed"
# ---
# the order of base classes
class A:
    def f(self): return ["A"]
class B(A):
    def f(self): return ["B"] + super().f()
class C(A):
    def f(self): return ["C"] + super().f()
class D(B, C):
    def f(self): return ["D"] + super().f()
a = D().f()  # value: ["D", "B", "C", "A"]
# ---
# properties
class Box:
    def __init__(self): self._size = 1
    @property
    def size(self): return self._size
    @size.setter
    def size(self, value): self._size = value * 2
    @property
    def fixed(self): return 7
b = Box()
b.size = 5
a = b.size, b.fixed  # value: (10, 7)
b.fixed = 1  # error: [PL106]
# ---
# dataclasses
from dataclasses import dataclass, field, asdict, replace
@dataclass
class Config:
    name: str
    steps: list = field(default_factory=list)
    rate: float = 0.1
    def label(self): return f"{self.name}:{self.rate}"
@dataclass(frozen=True, order=True)
class Key:
    a: int
    b: int = 0
c = Config("n", rate=1)
c.steps.append(1)
a = c.label(), asdict(c), Config("m").steps  # value: ("n:1", {"name": "n", "steps": [1], "rate": 1}, [])
b = Key(1) == Key(1, 0), Key(1) < Key(2), {Key(1): "v"}[Key(1)], replace(Key(1), b=5).b  # value: (True, True, "v", 5)
d = repr(Key(3))  # value: "Key(a=3, b=0)"
# ---
# a frozen dataclass is not changed
from dataclasses import dataclass
@dataclass(frozen=True)
class Key:
    a: int
Key(1).a = 2  # error: [PL106]
# ---
# dataclasses that derive
import dataclasses
@dataclasses.dataclass
class One:
    x: int = 1
@dataclasses.dataclass
class Two(One):
    y: int = 2
    z: int = dataclasses.field(init=False)
    def __post_init__(self): self.z = self.x + self.y
a = Two(x=5).z, Two(1, 1).z  # value: (7, 2)
# ---
# a changeable default
from dataclasses import dataclass
@dataclass  # error: [PL106]
class Bad:
    items: list = []
# ---
# enums
from enum import Enum, IntEnum, auto
class Stage(Enum):
    DEV = "dev"
    PROD = "prod"
    def upper(self): return self.value.upper()
class Level(IntEnum):
    LOW = auto()
    HIGH = auto()
a = Stage.DEV.value, Stage.PROD.name, Stage("prod") is Stage.PROD, Stage["DEV"].upper()  # value: ("dev", "PROD", True, "DEV")
b = [s.value for s in Stage], len(list(Level)), Level.HIGH > Level.LOW, Level.HIGH + 1  # value: (["dev", "prod"], 2, True, 3)
c = str(Stage.DEV), repr(Stage.DEV), f"{Stage.DEV}"  # value: ("Stage.DEV", "<Stage.DEV: 'dev'>", "Stage.DEV")
d = Stage.DEV == Stage.DEV, Stage.DEV == "dev", {Stage.DEV: 1}[Stage.DEV]  # value: (True, False, 1)
# ---
# an enum with texts
from enum import Enum
class Color(str, Enum):
    RED = "red"
a = Color.RED == "red", {"red": 1}.get(Color.RED.value), "x" + Color.RED  # value: (True, 1, "xred")
b = f"{Color.RED}"  # unknown: write .value
# ---
# a value that is no member
from enum import Enum
class Stage(Enum):
    DEV = 1
a = Stage(2)  # error: [PL106]
# ---
# named tuples with methods
from typing import NamedTuple
class Point(NamedTuple):
    x: int
    y: int = 2
    def total(self): return self.x + self.y
p = Point(1)
a, b = p
c = p.total(), p._replace(x=5).x, p == (1, 2), Point._fields, isinstance(p, tuple)  # value: (3, 5, True, ("x", "y"), True)
d = a, b  # value: (1, 2)
# ---
# operators of one's own
class Money:
    def __init__(self, n): self.n = n
    def __add__(self, other): return Money(self.n + other.n)
    def __radd__(self, other): return self
    def __eq__(self, other): return self.n == other.n
    def __lt__(self, other): return self.n < other.n
    def __len__(self): return self.n
    def __getitem__(self, i): return i * self.n
    def __contains__(self, x): return x == self.n
    def __iter__(self): return iter([self.n])
    def __call__(self, x): return x + self.n
    def __bool__(self): return self.n > 0
    def __neg__(self): return Money(-self.n)
m = Money(2) + Money(3)
a = m.n, m == Money(5), Money(1) < m, len(m), m[2], 5 in m, list(m), m(1), bool(Money(0)), (-m).n  # value: (5, True, True, 5, 10, True, [5], 6, False, -5)
b = sum([Money(1), Money(2)]).n, sorted([Money(3), Money(1)])[0].n, max(Money(1), Money(4)).n  # value: (3, 1, 4)
# ---
# attributes by name
class Box: pass
b = Box()
setattr(b, "x", 1)
a = getattr(b, "x"), getattr(b, "y", "none"), hasattr(b, "y"), dict(vars(b))  # value: (1, "none", False, {"x": 1})
del b.x
c = hasattr(b, "x")  # value: False
# ---
# an attribute that is missing
class Box: pass
a = Box().size  # error: [PL106]
# ---
# attributes made on demand
class Any:
    def __getattr__(self, name): return "any " + name
a = Any().thing  # value: "any thing"
# ---
# a base class that is not known
from unknown_library import Base
class Mine(Base):
    def own(self): return 1
m = Mine(3)
a = m.other  # unknown: the module 'unknown_library' is not evaluated
# ---
# a base class that is not known, with one's own initializer
from unknown_library import Base
class Mine(Base):
    def __init__(self): self.x = 1
    def own(self): return self.x + 1
a = Mine().own()  # value: 2
b = Mine().theirs()  # unknown: is not evaluated
# ---
# abstract classes
from abc import ABC, abstractmethod
class Step(ABC):
    @abstractmethod
    def run(self): ...
class Real(Step):
    def run(self): return "ran"
a = Real().run()  # value: "ran"
# ---
# cached properties and class bodies with loops
from functools import cached_property
class C:
    names = ["a", "b"]
    lengths = [len(n) for n in names]
    table = {}
    for _i in range(2):
        table[_i] = _i * 2
    @cached_property
    def size(self): return len(self.names)
a = C().size, C.lengths, C.table  # value: (2, [1, 1], {0: 0, 1: 2})
# ---
# iterators of one's own
class Down:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
a = list(Down(3)), [x for x in Down(2)]  # value: ([2, 1, 0], [1, 0])
