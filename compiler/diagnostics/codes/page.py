"""`docs/codes.md`: the table of diagnostic codes as a page, one section a code.

``python -m pipelift.compiler.diagnostics.codes.page > docs/codes.md`` brings the committed page up to date.
"""

from __future__ import annotations

from pipelift.compiler.diagnostics.codes import REPLACED, all_codes
from pipelift.compiler.diagnostics.codes.code import Code

_HEAD = """\
# Diagnostic codes

Printed from `compiler/diagnostics/codes/` and `backends/*/codes.py`: change a row there, then run
`python -m pipelift.compiler.diagnostics.codes.page > docs/codes.md`. `pipelift explain CODE` shows the same text.

An *error* is what makes the result wrong, nothing else; it stops the output and gives exit status 1. So a code that is
an error here is a warning where nothing depends on it: a name that is not defined, a class or call that the SDK lacks,
a file that cannot be read, a cell that fails count once the graph, or what a step needs, depends on what they give, and
nothing counts that a program does after it has submitted or published the last time. `pipelift graph` asks for the
graph alone, so that what only running it needs is a warning there.

A code with a *fidelity* stands for a loss on a target:
it is listed in that target's `REPORT.md`, and where it is an error `--allow CODE` turns it into a warning.
"""

_CHAPTERS = (
    ("1", "Reading and evaluating"),
    ("2", "Rules of the SDK"),
    ("3", "The graph"),
    ("4", "What a target cannot keep"),
    ("5", "Configuration, data, running and outputs"),
    ("9", "Faults of pipelift"),
)


def render_codes_page() -> str:
    """The whole page as Markdown, with a newline at the end."""
    parts = [_HEAD]
    for digit, title in _CHAPTERS:
        rows = [row for code, row in all_codes().items() if code.startswith(f"PL{digit}")]
        if rows:
            parts.append(f"## PL{digit}xx: {title}\n")
            parts += [_render_section(row) for row in rows]
    replaced = "".join(f"| {old} | {new} |\n" for old, new in REPLACED.items())
    parts.append(f"## Codes that others have replaced\n\n| Once | Now |\n| --- | --- |\n{replaced}")
    return "\n".join(parts)


def _render_section(row: Code) -> str:
    fidelity = f", {row.fidelity}" if row.fidelity else ""
    fence = "````" if "```" in row.example else "```"
    example = f"\n{fence}\n{row.example.rstrip()}\n{fence}\n" if row.example else ""
    title = f"### {row.code} ({row.severity}{fidelity}): {row.title}"
    return f"{title}\n\n{row.why}\n{example}\n**Remedy.** {row.remedy}\n"


if __name__ == "__main__":
    print(render_codes_page(), end="")
