"""The launcher's own failures: one exception, and the exit statuses that tell them from the script's."""

USAGE = 64
SPEC = 65
DATA = 66
UPSTREAM = 67
UNAVAILABLE = 69
INTERNAL = 70
OUTPUT = 73
IO = 74
NOT_REUSED = 75
CANCELLED = 76
TIMEOUT = 124
NOT_EXECUTABLE = 126
NOT_FOUND = 127


class LauncherError(Exception):
    """The step cannot go on; `status` is the exit status (64 and above), the message one line for people."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
