"""A user's Dockerfile before ours: read as BuildKit reads it, changed only where its files lie elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelift.backends.containers.dockerfile_syntax import DockerfileError, read_instructions, split_lines
from pipelift.backends.containers.dockerfiles import as_first_stages

RECORDED = json.loads((Path(__file__).parent / "buildkit.json").read_text(encoding="utf-8"))
"""Dockerfiles, and the instructions that BuildKit finds (keyword, first line, line after the last), or null."""


def test_instructions_are_those_of_buildkit() -> None:
    for text, theirs in RECORDED:
        try:
            ours = read_instructions(split_lines(text))
        except DockerfileError:
            assert theirs is None, text
        else:
            assert [[each.prefix.strip() or each.keyword, each.start, each.end] for each in ours] == theirs, (
                text
            )


def stages(*lines: str) -> str:
    """What comes of these lines after ``FROM a AS base``."""
    text, name = as_first_stages("\n".join(["FROM a AS base", *lines]), "x")
    assert name == "base"
    return text.removeprefix("FROM a AS base\n").removesuffix("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY a b /c/", "COPY x/a x/b /c/"),
        ("COPY . .", "COPY x/. ."),
        ("add ./a /b", "ADD x/./a /b"),
        ("COPY --from=base /a /b", "COPY --from=base /a /b"),
        ("COPY --chown=1:1 /a /b", "COPY --chown=1:1 x/a /b"),
        ("COPY --parents a/b /c/", "COPY --parents x/./a/b /c/"),
        ("COPY --parents a/./b /c/", "COPY --parents x/a/./b /c/"),
        ("COPY ../../a /b", "COPY x/a /b"),
        ("COPY a$V/b /c", "COPY x/a$V/b /c"),
        ("ADD https://example.org/a.tgz /b", "ADD https://example.org/a.tgz /b"),
        ("COPY https://example.org/a.tgz /b", "COPY x/https://example.org/a.tgz /b"),
        ('COPY ["a b", "/c"]', 'COPY ["x/a b", "/c"]'),
        ('COPY ["ä", "/c"]', 'COPY ["x/ä", "/c"]'),
        ("RUN echo COPY a b", "RUN echo COPY a b"),
        ("COPY <<EOF /a\nCOPY\nEOF", "COPY <<EOF /a\nCOPY\nEOF"),
        ("COPY b <<EOF /a/\nFROM q\nEOF", "COPY x/b <<EOF /a/\nFROM q\nEOF"),
        ("COPY a \\\n# not b\n\n  /c", "COPY x/a /c"),
        (
            "RUN python3 <<EOF\nfrom os import path\nCOPY = 1\nEOF",
            "RUN python3 <<EOF\nfrom os import path\nCOPY = 1\nEOF",
        ),
        ("RUN <<-'A B' cat\n\tcopy a b\n\tA B", "RUN <<-'A B' cat\n\tcopy a b\n\tA B"),
        ("RUN a \\\n  COPY b c", "RUN a \\\n  COPY b c"),
        (
            "RUN --mount=type=bind,source=r.txt,target=/r pip",
            "RUN --mount=type=bind,source=x/r.txt,target=/r pip",
        ),
        ("RUN --mount=target=/r pip", "RUN --mount=target=/r,source=x pip"),
        ("RUN --mount=type=cache,target=/r pip", "RUN --mount=type=cache,target=/r pip"),
        ("RUN --mount=from=base,source=/a,target=/r pip", "RUN --mount=from=base,source=/a,target=/r pip"),
        ("ONBUILD COPY a /b", "ONBUILD COPY x/a /b"),
        ("ENV COPY=1 \\\n", "ENV COPY=1"),
        ("RUN make \\", "RUN make"),
        ("# COPY a b", "# COPY a b"),
    ],
)
def test_files_of_the_build_context_lie_in_another_folder(before: str, after: str) -> None:
    assert stages(before) == after


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("FROM a", "FROM a AS environment\n", "environment"),
        ("from a as Final\nRUN b", "from a as Final\nRUN b\n", "Final"),
        ("FROM a AS b\nFROM b\nRUN c", "FROM a AS b\nFROM b AS environment\nRUN c\n", "environment"),
        (
            "FROM a AS Environment\nFROM b",
            "FROM a AS Environment\nFROM b AS environment-2\n",
            "environment-2",
        ),
        (
            "FROM --platform=linux/amd64 \\\n  a",
            "FROM --platform=linux/amd64 a AS environment\n",
            "environment",
        ),
        (
            "\ufeff# syntax=docker/dockerfile:1\r\nFROM a\r\n",
            "# syntax=docker/dockerfile:1\nFROM a AS environment\n",
            "environment",
        ),
        ("ARG V=1\nFROM a:${V}", "ARG V=1\nFROM a:${V} AS environment\n", "environment"),
        ("FROM a\nONBUILD FROM b", "FROM a AS environment\nONBUILD FROM b\n", "environment"),
    ],
)
def test_the_last_stage_has_a_name(before: str, after: str, name: str) -> None:
    assert as_first_stages(before, "x") == (after, name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no FROM"),
        ("# FROM a", "has no FROM"),
        ('FROM a as "q"', "line 1 has no image"),
        ("FROM a AS b c", "line 1 has no image"),
        ("FROM a\nRUN <<EOF\nb", "line 2 opens a heredoc that 'EOF' ends"),
        ("# escape=`\nFROM a", "another escape character"),
        ("FROM a\nARG STEP=1", "line 2 declares STEP"),
        ("FROM a\nADD $WHERE /b", "line 2 adds $WHERE"),
        ("FROM a\nCOPY --exclude=*.txt . /b", "line 2 excludes files"),
        ("FROM a\nCOPY ../$WHERE /b", "may lead out"),
        ("FROM a\nRUN b\0", "null byte"),
    ],
)
def test_what_would_change_its_meaning_is_refused(text: str, problem: str) -> None:
    with pytest.raises(DockerfileError) as raised:
        as_first_stages(text, "x")
    assert problem in str(raised.value)
