"""Write buildkit.json anew: random Dockerfiles, and what BuildKit's own parser makes of them.

Run by hand where the package `dockerfile` is installed, which is that parser and has no wheels for some platforms:

    python -m tests.backends.containers.record_buildkit 500
"""

from __future__ import annotations

import importlib
import json
import random
import sys
from pathlib import Path

PIECES = (
    *(
        "RUN",
        "COPY",
        "ADD",
        "FROM",
        "ENV",
        "ONBUILD ",
        "run",
        "[",
        '["a","b"]',
        "a",
        ".",
        "$X",
        "\t",
        "#",
        "-- ",
    ),
    *("\n", "\n\n", "\\\n", "\\ \n", "\\", "\\\\", '\\"', '"', "'", "# c\n", "--from=x", "--mount=source=a"),
    *("<<EOF", "<<-E", '<<"A B"', "<<'Q'", "3<<E", "\nEOF\n", "\nE\n", "\tE\n", "A B\n", "Q\n"),
)


def record(count: int) -> None:
    """Write `count` Dockerfiles that the parser takes, or refuses for a heredoc without an end."""
    parser = importlib.import_module("dockerfile")
    chance = random.Random(count)
    recorded: list[tuple[str, list[tuple[str, int, int]] | None]] = []
    while len(recorded) < count:
        pieces = (chance.choice(PIECES) + chance.choice(("", " ")) for _ in range(chance.randint(1, 14)))
        text = "FROM a\n" + "".join(pieces)
        try:
            parsed = parser.parse_string(text)
        except parser.GoParseError as problem:
            if "heredoc" in str(problem):
                recorded.append((text, None))
            continue
        instructions = [(each.cmd.upper(), each.start_line - 1, each.end_line) for each in parsed if each.cmd]
        recorded.append((text, instructions))
    path = Path(__file__).with_name("buildkit.json")
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in recorded)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    record(int(sys.argv[1]))
