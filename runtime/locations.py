"""Where a dataset's files are: from store, path and pattern to files on this machine."""

import glob
import os
import re
from fnmatch import fnmatchcase
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import files
from .contract.paths import STATE
from .contract.spec import Location
from .contract.untrusted import is_in

_SCHEMES = ("http://", "https://")
_TIMEOUT = 60.0
_FILE_NAME = re.compile(r"[^/]\.[A-Za-z][A-Za-z0-9]*$")


class Match(
    NamedTuple("Match", [("base", str), ("names", Optional[Tuple[str, ...]]), ("store", str), ("root", str)])
):
    """What one location holds: the file or folder `base`, or only those `names` below it.

    `root` is the folder of its `store`, which no link leads out of.
    """

    @property
    def entries(self) -> List[Tuple[str, str]]:
        """The files, as (name below the base with ``/``, full path). Raises `files.LeadsOut`."""
        if self.names is None:
            return files.listing(self.base, [self.root])
        return [(name, os.path.join(self.base, *name.split("/"))) for name in self.names]

    @property
    def shown(self) -> List[str]:
        """The file or folder that it is, or the files that it names."""
        return [self.base] if self.names is None else [path for _, path in self.entries]


class Missing(Exception):
    """Nothing is at `path` in `store` (None for a web address), which was `looked_for` on this machine."""

    def __init__(self, store: Optional[str], path: str, looked_for: str, why: str = "") -> None:
        super().__init__(why or "nothing at {}".format(looked_for))
        self.store = store
        self.path = path
        self.looked_for = looked_for
        self.why = why


def split_pattern(path: str) -> Tuple[str, str]:
    """``a/b/*.csv`` -> (``a/b``, ``*.csv``); the pattern is empty where `path` has no wildcard.

    A pattern that means everything below (``**``, ``**/*``) is the folder itself.
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    for index, part in enumerate(parts):
        if any(sign in part for sign in "*?["):
            pattern = "/".join(parts[index:])
            return "/".join(parts[:index]), "" if pattern in ("**", "**/*", "**/**") else pattern
    return "/".join(parts), ""


def climbs(path: str) -> bool:
    """Whether a path or pattern holds ``..``, by which it may lead out of its store."""
    return ".." in path.replace("\\", "/").split("/")


def may_be_made(path: str) -> bool:
    """Whether a folder may be made at `path` of a store where nothing is: no pattern, and no name of a file
    (``train.csv``, but not ``v1.0`` or ``train.d/``)."""
    base, pattern = split_pattern(path)
    is_file = not path.endswith(("/", "\\")) and _FILE_NAME.search(base) is not None
    return not pattern and not is_file


def find(location: Location, stores: Dict[str, str]) -> Match:
    """What lies at `location` (`store`, `path`). Raises `Missing`, also for what only a link shows that leads out of
    the store."""
    store, path = location["store"], location["path"] or ""
    folder = stores.get(store or "")
    if folder is None:
        raise Missing(store, path, "", "no folder is known for store '{}'".format(store))
    base, pattern = split_pattern(path)
    if climbs(path):
        raise Missing(store, path, path, "the path leaves the store")
    root = os.path.join(folder, *base.split("/")) if base else folder
    try:
        names = matching(root, pattern, [folder]) if pattern else None
    except files.LeadsOut as error:
        raise Missing(store, path, "", str(error))
    if names == [] or (names is None and not os.path.exists(root)):
        raise Missing(store, path, os.path.join(root, *pattern.split("/")) if pattern else root)
    for name in names or [""]:
        link = _find_link_out(os.path.join(root, *name.split("/")) if name else root, folder)
        if link is not None:
            raise Missing(store, path, "", str(files.LeadsOut(os.path.relpath(link, folder), link)))
    return Match(root, None if names is None else tuple(names), store or "", folder)


def _find_link_out(path: str, folder: str) -> Optional[str]:
    """The link on the way from the store's `folder` to `path` that leads out of the store, if one does."""
    if is_in(path, folder):
        return None
    link = folder
    for part in os.path.relpath(path, folder).split(os.sep):
        link = os.path.join(link, part)
        if os.path.islink(link) and not is_in(link, folder):
            break
    return link


def matching(root: str, pattern: str, within: Sequence[str] = ()) -> List[str]:
    """The files below `root` that `pattern` names (``**`` crosses folders), as sorted paths from there.

    What begins with a dot has to be named with it. Raises `files.LeadsOut` where a ``**`` meets a link that leads
    neither below `root` nor below a folder of `within`.
    """
    wanted = pattern.split("/")
    if "**" in wanted:  # `glob` follows each link that leads back up, forty times
        candidates = [name for name, _ in files.walk(root, within)]
        return sorted(name for name in candidates if fits(name.split("/"), wanted, dots=False))
    paths = glob.glob(os.path.join(glob.escape(root), *wanted))
    names = {os.path.relpath(path, root).replace(os.sep, "/") for path in paths if os.path.isfile(path)}
    return sorted(name for name in names if STATE not in name.split("/"))


def fits(parts: List[str], pattern: List[str], dots: bool = True) -> bool:
    """Whether the parts of a path are what those of a pattern say; ``**`` stands for any number of parts.

    Without `dots` only a part that begins with a dot stands for one that does.
    """
    if not pattern:
        return not parts
    is_seen = bool(parts) and (dots or not parts[0].startswith(".") or pattern[0].startswith("."))
    if pattern == ["**"]:
        return bool(parts) and (dots or not any(part.startswith(".") for part in parts))
    if pattern[0] == "**":
        return fits(parts, pattern[1:], dots) or (is_seen and fits(parts[1:], pattern, dots))
    return is_seen and fnmatchcase(parts[0], pattern[0]) and fits(parts[1:], pattern[1:], dots)


def view(matches: List[Match]) -> List[Tuple[str, str]]:
    """The files of several locations as one folder: (path in it, file).

    Paths start where the locations part; those of different stores start with the store's name.
    """
    several = len({place.store for place in matches}) > 1
    roots = [place.base if os.path.isdir(place.base) else os.path.dirname(place.base) for place in matches]
    common = "" if several else os.path.commonpath(roots)
    layout = {}
    for place, root in zip(matches, roots):
        start = place.store if several else os.path.relpath(root, common).replace(os.sep, "/")
        for name, path in place.entries:
            layout["/".join(part for part in (start, name) if part not in (".", ""))] = path
    return sorted(layout.items())


def is_address(path: str) -> bool:
    """Whether `path` is a web address that can be fetched."""
    return path.lower().startswith(_SCHEMES)


def fetch(address: str, folder: str) -> Match:
    """Download a web address into `folder`. Raises `Missing`."""
    import urllib.request  # a third of a second of imports, which other steps need not pay

    if not is_address(address):
        raise Missing(None, address, address, "only http and https addresses can be fetched")
    name = os.path.basename(address.split("?")[0].split("#")[0].rstrip("/")) or "data"
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, name)
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as answer, open(target, "wb") as file:
            for chunk in iter(lambda: answer.read(1 << 20), b""):
                file.write(chunk)
    except (OSError, ValueError) as error:
        raise Missing(None, address, address, str(error))
    return Match(target, None, "", folder)


def remote_stamp(address: str) -> str:
    """What a web server says of the state of its file: tag, time and size. Raises `Missing`."""
    import urllib.request  # as in `fetch`

    if not is_address(address):
        raise Missing(None, address, address, "only http and https addresses can be fetched")
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            headers = [answer.headers.get(name) or "" for name in ("ETag", "Last-Modified", "Content-Length")]
    except (OSError, ValueError) as error:
        raise Missing(None, address, address, str(error))
    return " ".join(headers).strip()
