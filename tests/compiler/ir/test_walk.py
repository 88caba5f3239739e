"""The walk over nodes that needs no pydantic gives what pydantic gives."""

from __future__ import annotations

import json

from pipelift.compiler.ir.walk import plain, texts
from pipelift.compiler.ir.wire import as_data, as_json
from pipelift.testing.sample import sample
from tests.support import samples


def test_a_node_as_plain_data_is_what_the_file_says() -> None:
    for pipeline in (samples.two_steps()[0], sample()[0]):
        assert plain(pipeline) == json.loads(as_json(pipeline)) == as_data(pipeline)
        words = json.dumps(as_data(pipeline), ensure_ascii=False)
        assert all(json.dumps(text, ensure_ascii=False)[1:-1] in words for text in texts(pipeline))
