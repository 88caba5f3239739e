"""Ignore files: the same files stay behind as with pathspec alone, in time that no pattern can stretch."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from pipelift.compiler.passes.ignoring import read_rules
from tests.compiler.lower.planted_programs import BEGINNING, ENDING, PARTS
from tests.support.folders import write_files

PATTERNS = st.lists(
    st.sampled_from([*"ab.*?/!# ", "**", "[ab]", "[!a]", "\\*", "**/", "/**"]), min_size=1, max_size=9
).map("".join)
PATHS = st.lists(st.text("abc.*", min_size=1, max_size=5), min_size=1, max_size=4).map("/".join)


@settings(max_examples=300)
@given(st.lists(PATTERNS, min_size=1, max_size=4), st.lists(PATHS, min_size=1, max_size=8))
def test_the_same_files_stay_behind_as_with_pathspec(lines: list[str], paths: list[str]) -> None:
    rules = read_rules("\n".join(lines))
    kept = [line for line in lines if line not in (*rules.unreadable, *rules.excessive)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = GitIgnoreSpec.from_lines(kept)
    assert [rules.leave_out(path) for path in paths] == [plain.match_file(path) for path in paths]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*a*a*a*a*a*a*a*a*a*a*a*b", "a" * 200),
        ("*" * 200 + "b", "a" * 200),
        ("*[ab]*\\a*?a*[!b]*a*a*c", "a" * 200),
        ("**/a/**/a/**/b", "a/" * 200 + "c"),
        ("*a*/*a*/*a*/*a*/b", "/".join(["a" * 60] * 4) + "/c"),
        ("**/*a*a*/**/*a*a*/**/b", "/".join(["a" * 20] * 60)),
    ],
)
def test_no_pattern_stretches_the_time(line: str, path: str) -> None:
    before = time.process_time()
    assert not read_rules(line).leave_out(path)
    assert time.process_time() - before < 1


def test_a_line_that_is_no_pattern_is_told_and_one_that_takes_too_long_refused(tmp_path: Path) -> None:
    ignore = "*.csv\n\\\nx[t-c]\n**/a/**/b/**/c/**/d\n"
    write_files(tmp_path, {"src/a.py": "", "src/b.py": "", "src/x.csv": "", "src/.amlignore": ignore})
    (tmp_path / "pipeline.py").write_text(BEGINNING + PARTS["script"] + ENDING)
    analysis = analyse(tmp_path / "pipeline.py", Options(cwd=tmp_path))
    told = [(one.code, one.message.split("'")[3]) for one in analysis.reporter if "amlignore" in one.message]
    assert sorted(told) == [("PL312", "**/a/**/b/**/c/**/d"), ("PL322", "\\"), ("PL322", "x[t-c]")]
    assert [file.path for file in analysis.pipelines[0].snapshots[0].files] == [".amlignore", "a.py", "b.py"]
