"""What this host lacks of what a Compose output needs."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.app.doctor import Examination, Finding
from pipelift.backends.examination.engine import examine_compose, examine_engine
from pipelift.backends.examination.stores import examine_secrets, examine_stores


def examine(examination: Examination) -> Iterator[Finding]:
    """Asks Docker, then looks for stores and secrets where the containers will find them."""
    yield from examine_engine(examination)
    yield examine_compose(examination)
    yield from examine_secrets(examination)
    yield from examine_stores(examination)
