"""What a script leaves in a folder beside plain files: links become what can be kept, or are refused.

A script may leave anything: a link to a folder of the user, a fifo, a device. Nothing is changed before all of it has
been looked at, and nothing that a link shows is ever moved, changed or deleted.
"""

import os
import stat
from typing import Callable, List, NamedTuple, Optional, Sequence

from . import files
from .contract.files import half_of
from .contract.untrusted import is_in


class Refused(Exception):
    """Something that cannot be kept; the message names it, for people."""


class _Change(NamedTuple("_Change", [("path", str), ("make", Callable[[str], None])])):
    """What takes the place of `path`: `make` makes it elsewhere first; where it makes nothing, nothing does."""


def settle(root: str, inputs: Sequence[str]) -> None:
    """Make the folder `root` stand for itself, wherever it is moved.

    A link that leads inside it goes on to do so, a link to one of the `inputs` (files and folders) becomes what it
    shows, a file with further names is copied, since what is written to one of them would change the others. Raises
    `Refused`, before anything is changed, for every other link, and for what is no file.
    """
    _apply(root, _changes(root, lambda member: _plan_change(member, root, inputs)))


def settle_loosely(root: str, inputs: Sequence[str], note: Callable[[str], None]) -> None:
    """As `settle`, but what would be refused is deleted (the link, not what it shows), and told to `note`."""

    def removed(member: files.Member) -> Optional[_Change]:
        try:
            return _plan_change(member, root, inputs)
        except Refused as refused:
            note("{}: it is not kept".format(refused))
            return _Change(member.path, _make_nothing)

    _apply(root, _changes(root, removed))


def settle_output(path: str, inputs: Sequence[str]) -> None:
    """As `settle`, for what may be a folder, a file, or a link to one of the `inputs`."""
    if os.path.isdir(path) and not os.path.islink(path):
        settle(path, inputs)
        return
    member = files.Member(os.path.basename(path), path, kind(path))
    change = _plan_change(member, None, inputs)
    _apply(path, [change] if change is not None else [])


def expand(root: str) -> None:
    """Put what they show in the place of the links below `root`, all of which lead inside."""
    _apply(
        root,
        [
            _plan_copy_of_target(member.path, [root])
            for member in files.members(root)
            if member.kind == "link"
        ],
    )


def kind(path: str) -> str:
    """What `path` is itself: ``file``, ``folder``, ``link``, ``special`` or ``nothing``."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return "nothing"
    for test, name in ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link")):
        if test(mode):
            return name
    return "special"


def _changes(root: str, of: Callable[[files.Member], Optional[_Change]]) -> List[_Change]:
    return [change for change in map(of, files.members(root)) if change is not None]


def _apply(top: str, changes: List[_Change]) -> None:
    """Make all that is to come into `top` beside it, then put it in place: no change sees what another has changed."""
    if not changes:
        return
    aside = half_of(top)
    os.mkdir(aside)
    try:
        staged = [os.path.join(aside, str(number)) for number in range(len(changes))]
        for change, path in zip(changes, staged):
            change.make(path)
        for change, path in zip(changes, staged):
            os.unlink(change.path)
            if os.path.lexists(path):
                os.rename(path, change.path)
    finally:
        files.remove(aside)


def _plan_change(member: files.Member, root: Optional[str], inputs: Sequence[str]) -> Optional[_Change]:
    """What has to be done about one member; None for nothing. Raises `Refused`."""
    if member.kind == "special":
        raise Refused("'{}' is a fifo, a socket or a device".format(member.name))
    if member.kind == "file":
        return _plan_own_copy(member.path) if os.lstat(member.path).st_nlink > 1 else None
    real = os.path.realpath(member.path)
    if os.path.exists(member.path):  # `realpath` makes something of a way through what is not there
        if root is not None and is_in(real, root):
            return _plan_relative_link(member.path, real, root)
        places = [place for place in inputs if is_in(real, place)]
        if places:
            return _plan_checked_copy(member, places)
    message = "'{}' is a link to {}, which is neither a part of it nor an input"
    raise Refused(message.format(member.name, _end(member)))


def _end(member: files.Member) -> str:
    text = os.readlink(member.path)
    return text if os.path.exists(member.path) else "{}, where nothing is".format(text)


def _plan_relative_link(path: str, real: str, root: str) -> Optional[_Change]:
    """A link inside, written so that it leads there from any place: relative, and never through the outside."""
    text, folder = os.readlink(path), os.path.realpath(os.path.dirname(path))
    if not os.path.isabs(text) and _stays_below(text, folder, os.path.realpath(root)):
        return None
    target = os.path.relpath(real, folder)
    return _Change(path, lambda beside: os.symlink(target, beside))


def _stays_below(text: str, folder: str, root: str) -> bool:
    """Whether each part of the way `text`, from `folder` on, is below `root`."""
    for part in text.split("/"):
        folder = os.path.realpath(os.path.join(folder, part))
        if not is_in(folder, root):
            return False
    return True


def _plan_checked_copy(member: files.Member, places: Sequence[str]) -> _Change:
    """A copy of what a link to an input shows. Raises `Refused` where that holds a link that leads out of it."""
    real = os.path.realpath(member.path)
    try:
        if os.path.isdir(real):
            list(files.walk(real, places))
    except files.LeadsOut as error:
        raise Refused("'{}' is a link to an input, in which {}".format(member.name, error))
    if kind(real) == "special":
        raise Refused("'{}' is a link to a fifo, a socket or a device".format(member.name))
    return _plan_copy_of_target(member.path, places)


def _plan_copy_of_target(path: str, within: Sequence[str]) -> _Change:
    real = os.path.realpath(path)
    return _Change(path, lambda beside: files.copy(real, beside, within))


def _plan_own_copy(path: str) -> _Change:
    return _Change(path, lambda beside: files.copy(path, beside))


def _make_nothing(beside: str) -> None:
    """Make nothing: the change is a deletion."""
