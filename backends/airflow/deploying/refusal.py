"""Why a deployment cannot go on: raised where it is found, reported once, where the deployment ends."""

from __future__ import annotations


class Refused(Exception):
    """`code` is a row of the table of codes, `message` one sentence, `help` what to do (the row's, if empty)."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
