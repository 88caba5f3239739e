"""Names made from what users chose, and the digests that tell them apart."""

from __future__ import annotations

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from pipelift.compiler.ir.names import add_digest, add_number, shorten, slug
from pipelift.runtime.contract.digests import digest

any_text = st.text(alphabet=st.characters())  # lone surrogates too: names of files may hold them


@given(any_text, st.sampled_from("-_"))
def test_a_slug_has_words_of_ascii_and_single_joints(text: str, joint: str) -> None:
    found = slug(text, joint)
    assert found == "" or re.fullmatch(rf"[a-z0-9]+({joint}[a-z0-9]+)*", found)
    assert slug(found, joint) == found


@given(any_text, any_text, st.integers(10, 63))
def test_a_name_is_cut_and_stays_apart(name: str, text: str, longest: int) -> None:
    found = shorten(name, text, longest)
    assert len(found) <= longest
    assert found == name if len(name) <= longest else found.endswith(f"-{digest(text)[:8]}")


@given(any_text)
def test_any_text_has_a_digest(text: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", digest(text))
    assert digest(text) == digest(text.encode("utf-8", "surrogatepass"))


@given(st.binary())
def test_a_digest_is_sha_256(data: bytes) -> None:
    assert digest(data) == hashlib.sha256(data).hexdigest()


def test_a_number_or_a_digest_tells_a_taken_name_from_others() -> None:
    assert add_number("begin", {"end"}) == "begin"
    assert add_number("begin", {"begin", "begin-2"}) == "begin-3"
    assert add_number("PARAM_A", {"PARAM_A"}, "_") == "PARAM_A_2"
    name = add_digest("a_rather_long_name", "A rather long name", 16, "_", 6)
    assert name == f"a_rather{name[-7:]}" and len(name) <= 16
