"""What a user asks of a run, on every engine: `RunRequest`, made and checked once, at the door."""

from pipelift.app.request.request import (
    RunRequest,
    check_request,
    check_values,
    refuse_secrets,
    refuse_words,
    report_missing,
    resume_request,
    secret_values,
)

__all__ = [
    "RunRequest",
    "check_request",
    "check_values",
    "refuse_secrets",
    "refuse_words",
    "report_missing",
    "resume_request",
    "secret_values",
]
