# arithmetic
a = 7 // 2, 7 % 3, -7 // 2, 2**10, 7 / 2, -2**2  # value: (3, 1, -4, 1024, 3.5, -4)
b = 0x1F, 0b101, 1_000, 1e3, 1j * 1j  # value: (31, 5, 1000, 1000.0, (-1+0j))
c = 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 256 >> 2  # value: (1, 7, 6, -6, 16, 64)
d = round(2.567, 1), abs(-3), divmod(7, 2), pow(2, 5, 7)  # value: (2.6, 3, (3, 1), 4)
e = int("12"), float("1.5"), bool(""), int("ff", 16), int(3.9)  # value: (12, 1.5, False, 255, 3)
f = min(3, 1, 2), max([1, 5]), sum([1, 2], 10), sum((0.5, 1))  # value: (1, 5, 13, 1.5)
# ---
# comparison
a = 1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, "a" < "b", [1, 2] < [1, 3]  # value: (True, False, True, True, True)
b = None is None, 1 is not None, not [], not 0.0  # value: (True, True, True, True)
c = 3 in [1, 2, 3], "k" not in {"k": 1}, 2 in {1, 2}  # value: (True, False, True)
d = 0 or "x" or 1, 1 and "" and 2, None or 0  # value: ("x", "", 0)
# ---
# division by zero
a = 1 / 0  # error: [PL106]
# ---
# division by zero, caught
try:
    a = 1 / 0
except ZeroDivisionError as error:
    b = str(error)  # value: "division by zero"
# ---
# numbers beyond measure
a = 10 ** 10 ** 10  # unknown: too large
b = 1 << 10**9  # unknown: too large
c = 0 ** 10**9, 1 ** 10**9  # value: (0, 1)
# ---
# text that is no number
a = int("x")  # error: [PL106]
# ---
# order of unlike things
a = 1 < "a"  # error: [PL106]
# ---
# math
import math
a = math.ceil(1.2), math.sqrt(16), math.pi > 3  # value: (2, 4.0, True)
b = math.factorial(5)  # value: 120
# ---
# conditional expressions and walrus
n = 3
a = "odd" if n % 2 else "even"  # value: "odd"
b = [y for x in range(4) if (y := x * x) > 1]  # value: [4, 9]
c = y  # value: 9
if (m := n + 1) > 3:
    d = m  # value: 4
