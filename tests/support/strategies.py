"""Random small pipelines with hostile text wherever the user's text may stand, for any test behind the IR.

    @given(pipelines())
    def test_…(case: tuple[ir.Pipeline, Contents]) -> None: …

gives what `tests.support.samples.two_steps` gives: a pipeline, and the bytes of its snapshots.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from tests.support.samples import Contents, snapshot

TRAPS = (
    "",
    " ",
    "'",
    '"',
    "'''",
    '"""',
    "\\",
    "\\n",
    "a\nb",
    "a\r\nb",
    "\t",
    "$HOME",
    "${HOME}",
    "$(id)",
    "`id`",
    "; id",
    "{{ x }}",
    "{% x %}",
    "{{$}}",
    "{{workflow.name}}",
    "%s",
    "#",
    "# x",
    "- x",
    "a: b",
    "&a",
    "*a",
    "!x",
    "|",
    ">",
    "1e3",
    "0o17",
    "012",
    "1_000",
    "on",
    "No",
    "null",
    "~",
    "2024-01-02",
    "é",
    "名前",
    "\N{PILE OF POO}",
    "\u2028",
    "\x85",
    "\x7f",
    "--rate",
    "</script>",
)

# NUL cannot be an argument of a process, and a lone surrogate is no text
free_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
hostile = st.sampled_from(TRAPS) | free_text
names = hostile.filter(lambda text: bool(text.strip()))
port_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
paths = st.sampled_from(["data/", "data/x.csv", "a b/'c'.csv", "data/**/*.csv", "${x}/", "名前/"])
spans = st.none() | st.builds(
    lambda line, column: Span("pipeline.py", line, column, line + 2, 2),
    st.integers(1, 90),
    st.integers(1, 90),
)

parameters = st.one_of(
    st.builds(ir.Parameter, name=names, type=st.just("string"), default=hostile, span=spans),
    st.builds(ir.Parameter, name=names, type=st.just("integer"), default=st.integers(-5, 10**12), span=spans),
    st.builds(
        ir.Parameter,
        name=names,
        type=st.just("float"),
        default=st.floats(allow_nan=False, allow_infinity=False),
        span=spans,
    ),
    st.builds(ir.Parameter, name=names, type=st.just("boolean"), default=st.booleans(), span=spans),
)

tables = st.builds(
    ir.TableFormat,
    kind=st.sampled_from(["delimited", "parquet", "json_lines"]),
    separator=st.sampled_from([",", "\t", ";", "'"]),
    header=st.booleans(),
)
locations = st.builds(ir.Location, store=st.sampled_from(["blob", "it's"]), path=paths) | st.builds(
    ir.Location, store=st.none(), path=st.just("https://example.org/a?b=c&d='e'")
)
resources = st.builds(
    ir.Resources,
    compute=st.none() | names,
    size=st.sampled_from([None, "STANDARD_D2_V2", "STANDARD_NC6"]),
    cpus=st.sampled_from([None, 0.5, 6.0]),
    memory=st.sampled_from([None, 3.5, 56.0]),
    gpus=st.integers(0, 2),
    span=spans,
)
variables = st.lists(
    st.builds(ir.NamedValue, name=st.from_regex(r"[A-Z_]{1,6}", fullmatch=True), value=hostile),
    max_size=2,
    unique_by=lambda value: value.name,
).map(tuple)
environments = st.builds(
    ir.Environment,
    id=st.just("env"),
    name=st.none() | names,
    python=st.sampled_from(["3.8", "3.10", "3.8.13"]),
    pip=st.sampled_from([(), ("pyarrow",), ("pandas>=1,<3", "azureml-dataprep[fuse,pandas]")]),
    conda=st.sampled_from([(), ("pandas", "scikit-learn=1.3")]),
    variables=variables,
    digest=st.just("e" * 64),
    span=spans,
)
PROGRAMS: tuple[ir.Script | ir.Command, ...] = (
    ir.Script(path="run.py"),
    ir.Script(path="lib/a b.py"),
    ir.Command(program="sh"),
)


@st.composite
def pipelines(draw: st.DrawFn, max_steps: int = 4) -> tuple[ir.Pipeline, Contents]:
    """A pipeline that is whole: every reference in it has its node, and its graph has no cycle."""
    contents: Contents = {"src": {"run.py": b"print('x')\n", "lib/a b.py": b"# '\n"}}
    declared = draw(st.lists(parameters, max_size=2, unique_by=lambda parameter: parameter.name))
    datasets = draw(_datasets())
    steps: list[ir.Step] = []
    for number in range(draw(st.integers(1, max_steps))):
        steps.append(draw(_step(number, steps, datasets, declared)))
    pipeline = ir.Pipeline(
        id="pipeline",
        name=draw(names),
        description=draw(st.none() | hostile),
        experiment=draw(st.none() | names),
        source="pipeline.py",
        default_store="blob",
        parameters=tuple(declared),
        stores=(ir.Store(name="blob", kind="blob"), ir.Store(name="it's")),
        datasets=datasets,
        environments=(draw(environments),),
        snapshots=(snapshot("src", contents["src"]),),
        steps=tuple(steps),
        order=draw(_order(steps)),
        tags=draw(variables),
        span=draw(spans),
    )
    return pipeline, contents


@st.composite
def _datasets(draw: st.DrawFn) -> tuple[ir.Dataset, ...]:
    return tuple(
        ir.Dataset(
            id=f"data-{number}",
            name=draw(st.none() | names),
            locations=tuple(draw(st.lists(locations, min_size=1, max_size=2))),
            table=draw(st.none() | tables),
            span=draw(spans),
        )
        for number in range(draw(st.integers(0, 2)))
    )


@st.composite
def _step(
    draw: st.DrawFn,
    number: int,
    before: Sequence[ir.Step],
    datasets: Sequence[ir.Dataset],
    declared: Sequence[ir.Parameter],
) -> ir.Step:
    label = draw(names)
    repeats = sum(step.label == label for step in before)
    inputs = draw(_inputs(before, datasets))
    outputs = draw(_outputs())
    arguments = draw(_arguments(inputs, outputs, declared))
    return ir.Step(
        id=f"step-{number}",
        name=f"{label}#{repeats + 1}" if repeats else label,
        label=label,
        origin=draw(st.sampled_from(["PythonScriptStep", "CommandStep"])),
        run=draw(st.sampled_from(PROGRAMS)),
        arguments=arguments,
        inputs=inputs,
        outputs=outputs,
        parameters=_used(arguments),
        environment="env",
        variables=draw(variables),
        snapshot="src",
        resources=draw(resources),
        reuse=ir.Reuse(allowed=draw(st.booleans()), key=f"{number:064}"),
        retries=draw(st.integers(0, 2)),
        timeout=draw(st.sampled_from([None, 60.0, 3600.0])),
        span=draw(spans),
    )


@st.composite
def _inputs(
    draw: st.DrawFn, before: Sequence[ir.Step], datasets: Sequence[ir.Dataset]
) -> tuple[ir.Input, ...]:
    sources: list[ir.StepSource | ir.DatasetSource] = [
        ir.StepSource(step=step.id, port=port.name) for step in before for port in step.outputs
    ]
    sources += [ir.DatasetSource(dataset=dataset.id) for dataset in datasets]
    if not sources:
        return ()
    chosen = draw(st.lists(st.sampled_from(sources), max_size=3, unique=True))
    ports = draw(st.lists(port_names, min_size=len(chosen), max_size=len(chosen), unique_by=str.lower))
    return tuple(
        ir.Input(
            name=f"in_{port}",
            source=source,
            mode=draw(st.sampled_from(["mount", "download"])),
            span=draw(spans),
        )
        for port, source in zip(ports, chosen, strict=True)
    )


@st.composite
def _outputs(draw: st.DrawFn) -> tuple[ir.Output, ...]:
    return tuple(
        ir.Output(
            name=f"out_{port}",
            mode=draw(st.sampled_from(["mount", "upload"])),
            store=draw(st.sampled_from(["blob", "it's"])),
            path="azureml/{run-id}/{output-name}",
            create=draw(st.booleans()),
            span=draw(spans),
        )
        for port in draw(st.lists(port_names, max_size=2, unique_by=str.lower))
    )


@st.composite
def _arguments(
    draw: st.DrawFn,
    inputs: Sequence[ir.Input],
    outputs: Sequence[ir.Output],
    declared: Sequence[ir.Parameter],
) -> tuple[ir.Argument, ...]:
    pieces: list[ir.Piece] = [
        ir.SecretValue(secret="api"),
        *(ir.InputPath(port=port.name) for port in inputs),
        *(ir.OutputPath(port=port.name) for port in outputs),
        *(ir.ParameterValue(parameter=parameter.name) for parameter in declared),
    ]
    literal = st.builds(ir.Literal, value=hostile)
    piece = st.sampled_from(pieces) | literal
    joined = st.lists(piece, min_size=1, max_size=3).map(lambda parts: ir.Concatenation(parts=tuple(parts)))
    return tuple(draw(st.lists(piece | joined, max_size=5)))


def _used(arguments: Sequence[ir.Argument]) -> tuple[str, ...]:
    flat = [
        part for each in arguments for part in (each.parts if isinstance(each, ir.Concatenation) else (each,))
    ]
    return tuple(dict.fromkeys(part.parameter for part in flat if isinstance(part, ir.ParameterValue)))


@st.composite
def _order(draw: st.DrawFn, steps: Sequence[ir.Step]) -> tuple[ir.OrderEdge, ...]:
    pairs = [(a.id, b.id) for index, a in enumerate(steps) for b in steps[index + 1 :]]
    if not pairs:
        return ()
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True))
    return tuple(ir.OrderEdge(before=before, after=after) for before, after in chosen)
