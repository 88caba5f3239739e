"""Texts that languages read as something else, and any text."""

from __future__ import annotations

from hypothesis import strategies as st

# fmt: off
AWKWARD = [
    "", " ", "on", "Yes", "null", "~", "1e3", "0o17", "0x1F", "1_000", "12:30:45", ".inf", "-", "--", "---",
    "...", "a: b", "a #b", "- a", "? a", "!tag", "&anchor", "*alias", "%TAG", "@at", "`tick`", "{a}", "[a]",
    "a,b", "|", ">", "'", '"', "\\", "\\n", "a\nb", "a\n", "\na", " a\nb", "a\n b", "a\n\n", "a\n \nb", "\t",
    "a\tb\nc", "\r\n", "\x00", "\x7f", "\x85", "\u2028", "\ufeff", "é", "🎉", "日本語", "$x", "${x}", "$$",
    "{{ x }}", "{% x %}", "#", "=", "<<", "2001-01-01", "1.0", "+1", "-1", ".5", "5.", "0b1", "NaN", "y", "N",
    "a" * 200, "x\n" * 3, "a\n---\nb", "a\n# b",
]
# fmt: on


texts = st.one_of(st.sampled_from(AWKWARD), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
