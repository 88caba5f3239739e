"""One rule says what a text's digest is, for the compiler and for the launcher."""

from __future__ import annotations

import hashlib

import pytest

from pipelift.runtime.contract import paths
from pipelift.runtime.contract.digests import digest


def test_text_counts_as_utf_8() -> None:
    assert digest("größe") == digest("größe".encode()) == hashlib.sha256("größe".encode()).hexdigest()


@pytest.mark.parametrize("text", ["\udc80", "\ud800", "a\udfff"])
def test_text_that_is_no_unicode_has_a_digest_and_a_file_name(text: str) -> None:
    assert len(digest(text)) == 64
    assert digest(text) != digest(text.replace(text[-1], "?"))
    assert paths.file_name(text).rpartition("-")[2] == digest(text)[:8]
