"""Write short texts and their areas into this example's store: docstrings of Python's standard library."""

import importlib
import inspect
import keyword
import pickle
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent / "store" / "20newsgroups"
AREAS = {
    "comp.concurrency": "asyncio concurrent.futures multiprocessing.pool queue selectors threading",
    "comp.files": "fileinput glob os.path pathlib shutil tarfile tempfile zipfile",
    "comp.formats": "base64 configparser csv json pickle plistlib struct xml.etree.ElementTree",
    "comp.language": "ast dis inspect importlib.util pkgutil symtable tokenize traceback",
    "comp.network": "ftplib http.client http.cookiejar ipaddress smtplib socket urllib.parse urllib.request",
    "comp.text": "difflib gettext re string textwrap unicodedata",
    "sci.mathematics": "cmath decimal fractions math random statistics",
    "sci.time": "calendar datetime sched time zoneinfo",
}
STOP_WORDS = """
a about above after again all also an and any are as at be because been before being between both but by
can could did do does each for from had has have how if in into is it its may must no nor not of on once
one only or other otherwise our out over same should so some such than that the their them then there
these they this those through to two under until up use used uses using very was were what when where
which while who will with you your
"""


def documents(module: ModuleType) -> Iterator[str]:
    """The docstrings of a module, of what it makes public, and of its classes' methods."""
    yield inspect.getdoc(module) or ""
    for name in sorted(getattr(module, "__all__", vars(module))):
        member = getattr(module, name, None)
        if name.startswith("_") or not callable(member):
            continue
        yield inspect.getdoc(member) or ""
        if inspect.isclass(member):
            methods = (vars(member)[key] for key in sorted(vars(member)) if not key.startswith("_"))
            yield from (inspect.getdoc(method) or "" for method in methods if callable(method))


def main() -> None:
    """Write the texts and the stop words anew."""
    texts: dict[str, int] = {}
    for number, modules in enumerate(AREAS.values()):
        for module in modules.split():
            found = documents(importlib.import_module(module))
            texts.update({text: number for text in found if len(text) > 60 and text not in texts})
    news = {"data": list(texts), "target": list(texts.values()), "target_names": list(AREAS)}

    (FOLDER / "stop-words").mkdir(parents=True, exist_ok=True)
    (FOLDER / "20news.pkl").write_bytes(pickle.dumps(news, protocol=4))
    lists = {"english.txt": STOP_WORDS.split(), "python.txt": keyword.kwlist}
    for name, words in lists.items():
        (FOLDER / "stop-words" / name).write_bytes(("\n".join(sorted(words)) + "\n").encode())
    print(f"{FOLDER.relative_to(Path(__file__).parent.parent)}: {len(texts)} texts of {len(AREAS)} areas")


if __name__ == "__main__":
    main()
