"""Our YAML as a reader of another school takes it: Go's, which `docker compose` reads with, speaks YAML 1.2."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

from pipelift.backends.printing.yaml import dump_yaml
from tests.support.texts import AWKWARD

RANGES = [(0x00, 0x180), (0x2028, 0x202A), (0xE000, 0xE001), (0xFEFF, 0xFF00), (0x1F389, 0x1F38A)]
SIGNS = "".join(chr(code) for first, end in RANGES for code in range(first, end))
SYNTAX = " \n\t:#-'\"~%@!&*?|>,[]{}0123456789eE._xobynYN"


def awkward_texts(count: int) -> list[str]:
    """Texts of signs that YAML gives a meaning, the same at each run; of keys, some of every length."""
    chance = random.Random(0)
    made = ("".join(chance.choices(SIGNS + 8 * SYNTAX, k=chance.randint(1, 12))) for _ in range(count))
    long = ["k" * length for length in (127, 128, 129, 1000, 1025, 5000)]
    return list(dict.fromkeys([*AWKWARD, *made, *long]))


def test_compose_reads_every_text_as_it_is(tmp_path: Path) -> None:
    texts = awkward_texts(3000)
    data = {
        "services": {"only": {"image": "image"}},
        "x-values": [{"value": text.replace("$", "$$")} for text in texts],  # Compose fills `$` in
        "x-keys": [{text: 1} for text in texts],
    }
    file = tmp_path / "compose.yaml"
    file.write_text(dump_yaml(data), encoding="utf-8")
    command = ["docker", "compose", "-p", "yaml", "-f", str(file), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    values = [entry["value"].replace("$$", "$") for entry in read["x-values"]]
    assert [pair for pair in zip(texts, values, strict=True) if pair[0] != pair[1]] == []
    keys = [key.replace("$$", "$") for entry in read["x-keys"] for key in entry]
    assert [pair for pair in zip(texts, keys, strict=True) if pair[0] != pair[1]] == []
