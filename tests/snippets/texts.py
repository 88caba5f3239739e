# f-strings
name, rate = "x", 0.125
a = f"{name}-{rate:.2f}"  # value: "x-0.12"
b = f"{name!r:>5}|{rate:08.3f}"  # value: "  'x'|0000.125"
c = f"{rate=} {name=!s}"  # value: "rate=0.125 name=x"
d = f"{{{name}}}"  # value: "{x}"
e = f"{10:{3 + 2}}"  # value: "   10"
f = f'a\t{name}\n'  # value: "a\tx\n"
g = rf"a\t{name}"  # value: "a\\tx"
h = "a" "b" f"{name}"  # value: "abx"
# ---
# percent
a = "%s-%d-%05.2f" % ("a", 3, 1.5)  # value: "a-3-01.50"
b = "%(k)s=%(v)r" % {"k": "a", "v": [1]}  # value: "a=[1]"
c = "100%% %s" % 1  # value: "100% 1"
# ---
# percent with too few values
a = "%s %s" % ("a",)  # error: [PL106]
# ---
# format
a = "{}-{}".format(1, "b")  # value: "1-b"
b = "{x}/{0[1]}/{y.real}".format([1, 2], x=3, y=4)  # value: "3/2/4"
c = "{:>4}|{:<4}|{:^4}".format("a", "b", "c")  # value: "   a|b   | c  "
d = "{0}{0}".format("z")  # value: "zz"
e = "{!r}".format("q")  # value: "'q'"
f = "{k}".format_map({"k": 1})  # value: "1"
# ---
# format of an unknown field
a = "{missing}".format(x=1)  # error: [PL106]
# ---
# methods of texts
a = "A-b c".lower().replace("-", "_").split()  # value: ["a_b", "c"]
b = "x=1".partition("=")  # value: ("x", "=", "1")
c = ",".join(str(i) for i in range(3))  # value: "0,1,2"
d = "  pad ".strip().upper().center(7, "*")  # value: "**PAD**"
e = "abc"[::-1] + "abc"[-1] + "abc"[5:]  # value: "cbac"
f = "a.b.c".rsplit(".", 1)  # value: ["a.b", "c"]
g = "Hello".startswith(("He", "x")), "a" in "cat"  # value: (True, True)
h = "abc".find("z"), "abab".count("ab")  # value: (-1, 2)
i = "%s" % None  # value: "None"
j = "é".encode("utf-8")  # value: b"\xc3\xa9"
k = b"abc".decode().title()  # value: "Abc"
l = "snake_case_name".title().replace("_", "")  # value: "SnakeCaseName"
m = "file.tar.gz".removesuffix(".gz")  # value: "file.tar"
n = "abc".translate(str.maketrans("ab", "xy"))  # value: "xyc"
# ---
# str, repr and ascii
a = str([1, "a", None, 2.0])  # value: "[1, 'a', None, 2.0]"
b = repr("it's")  # value: '"it\'s"'
c = ascii("é")  # value: "'\\xe9'"
d = str(b"ab", "utf-8")  # value: "ab"
# ---
# concatenation of a text and a number
a = "n" + 1  # error: [PL106]
# ---
# a text that would fill the memory
a = "x" * 10**9  # unknown: too large
b = f"{1:999999999}"  # unknown: too large
c = "%999999999d" % 1  # unknown: too large
d = format(1, "99999999")  # unknown: too large
e = "x".center(10**10)  # unknown: too large
# ---
# string module
import string
a = string.digits  # value: "0123456789"
# ---
# the text of a class and of an object
class Plain: pass
class Told:
    def __str__(self): return "told"
class Shown:
    def __repr__(self): return "<shown>"
a = f"{Told()}"  # value: "told"
b = "%s %r" % (Shown(), Shown())  # value: "<shown> <shown>"
c = str([Shown()])  # value: "[<shown>]"
d = str(Plain())  # unknown: its address
e = "{}".format(Told())  # value: "told"
