"""What ends scripts whose launcher was killed: a small process that outlives it."""

import os
import subprocess
import threading
from typing import Optional, Set

_PROGRAM = """
groups=' '
while read -r act group; do
    case $act in
        watch) groups="$groups$group " ;;
        release) case $groups in *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;; esac ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
"""
"""Hears which process groups there are. When its input ends the launcher is dead, or has none left."""


class Guard:
    """A process that kills the watched process groups if this one is killed; several threads may use it.

    It is started with the first group, so that whoever runs many programs pays for it once. A context manager.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: Set[int] = set()
        self._process: "Optional[subprocess.Popen[bytes]]" = None

    def __enter__(self) -> "Guard":
        return self

    def __exit__(self, *error: object) -> None:
        """Let it end. Groups that are still watched are killed."""
        with self._lock:
            self._end()

    def watch(self, group: int) -> None:
        """Kill this process `group` if this process is killed before `release`."""
        if os.getpid() == 1:
            return  # nothing outlives the first process of a container
        with self._lock:
            self._groups.add(group)
            if not self._tell("watch {}\n".format(group)):
                self._start()

    def release(self, group: int) -> None:
        """The process `group` has ended."""
        with self._lock:
            self._groups.discard(group)
            self._tell("release {}\n".format(group))

    def _tell(self, line: str) -> bool:
        """Whether it hears the line: short ones arrive whole."""
        if self._process is None or self._process.stdin is None:
            return False
        try:
            os.write(self._process.stdin.fileno(), line.encode("ascii"))
        except OSError:
            return False  # somebody has killed it
        return True

    def _start(self) -> None:
        """Start a new one, for all groups; there is none where there is no shell."""
        self._end()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _PROGRAM],
                cwd="/",
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return
        for group in self._groups:
            self._tell("watch {}\n".format(group))

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.communicate()
