"""What this host lacks of what a Compose output needs."""

from __future__ import annotations

from collections.abc import Iterator

from pipelift.backends.examining.engine import examine_compose, examine_engine
from pipelift.backends.examining.stores import examine_secrets, examine_stores
from pipelift.compiler.doctor import Examination, Finding


class ComposeDoctor:
    """Asks Docker, then looks for stores and secrets where the containers will find them."""

    def examine(self, examination: Examination) -> Iterator[Finding]:
        """As `doctor.Doctor` says."""
        yield from examine_engine(examination)
        yield examine_compose(examination)
        yield from examine_secrets(examination)
        yield from examine_stores(examination)


DOCTOR = ComposeDoctor()
