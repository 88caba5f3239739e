"""PL1xx: reading the source and evaluating it."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL101",
        "error",
        "the file cannot be read",
        "pipelift reads Python source and notebooks as UTF-8 text. Nothing can be said about another file.",
        "pipelift check model.pkl",
        "Name the .py file or notebook that builds the pipeline.",
    ),
    Code(
        "PL102",
        "error",
        "the source is not Python, or more of it than can be parsed",
        "The file does not parse as Python 3, so no part of it can be trusted. In a notebook, "
        "magics are skipped; other shell syntax is not. Source that nests, chains or lasts beyond all that people "
        "write (15,000 lines, 150 brackets, 200 operands of one `and`) is refused, since it exhausts the parser.",
        "steps = [prepare, train",
        "Correct the syntax at the place shown; `python -m py_compile FILE` tells the same. Move large literals into "
        "a data file.",
    ),
    Code(
        "PL103",
        "error",
        "a name is not defined",
        "The program uses a name that nothing before it defines: Python would stop there with a "
        "NameError. All such names of a program are listed in one run.",
        "pipeline = Pipeline(workspace=ws, steps=[prepare_step])   # never assigned",
        "Define or import the name before this line.",
    ),
    Code(
        "PL104",
        "warning",
        "a name of the SDK is used without an import",
        "Snippets of the documentation leave imports out. The name is one of the SDK's, so that "
        "one is assumed; Python itself would stop with a NameError.",
        "ws = Workspace.from_config()   # no import",
        "Add the import: the file then runs as it stands.",
    ),
    Code(
        "PL106",
        "error",
        "the program ends early",
        "Evaluating the program leads to an exception that nothing catches: running it would end "
        "there too, and what comes after cannot be known. A notebook goes on: what fails there is an error once the "
        "graph needs what it would give.",
        "config = json.load(open('missing.json'))",
        "Correct the program, or supply what it looks for (a file, --env NAME=VALUE, arguments after --).",
    ),
    Code(
        "PL107",
        "error",
        "the program is too much to evaluate",
        "pipelift evaluates a program within limits of work, memory, time and nesting, so that no input "
        "hangs it. This one goes beyond.",
        "def f(n): return f(n - 1) + f(n - 2) if n > 1 else n\nf(50)",
        "Take the endless or very long part out of the file that defines the pipeline.",
    ),
    Code(
        "PL108",
        "warning",
        "a part of the program is left out",
        "A loop that takes very many steps, or a statement on a very large value, is not followed to its end: "
        "what it computes is unknown, and an error only where the graph needs it.",
        "while True:\n    time.sleep(1)",
        "Take the long part out of the file that defines the pipeline, if the graph needs what it computes.",
    ),
    Code(
        "PL110",
        "error",
        "something that the graph needs is not known",
        "A name, script, argument, input or output of a step depends on a value that only running"
        " code would give. The notes lead back to where it comes from.",
        "PythonScriptStep(script_name=os.environ['SCRIPT'], ...)",
        "Give the variable of the program that holds it, with --bind NAME=VALUE, or write it"
        " into the source.",
    ),
    Code(
        "PL111",
        "warning",
        "a compute target is not known",
        "The compute target of a step depends on a value that only running code would give. The "
        "graph does not need it; the step asks for no resources.",
        "compute_target=ws.compute_targets[os.environ['CLUSTER']]",
        "Supply the value (--env NAME=VALUE), and say the size in pipelift.toml: [compute.NAME].",
    ),
    Code(
        "PL112",
        "error",
        "something that a step needs to run is not known",
        "An environment, a run configuration or a store depends on a value that only running code"
        " would give. The graph is known; running the step is not possible.",
        "run_config = load_from_service()",
        "Give the variable of the program that holds it, with --bind NAME=VALUE, or write it into the source.",
        hides="run",
    ),
    Code(
        "PL113",
        "error",
        "how many steps there are is not known",
        "The step is made in a loop whose number of rounds depends on something that is not known.",
        "for name in ws.datasets: steps.append(PythonScriptStep(...))",
        "Loop over a list that stands in the source or in a file beside it.",
    ),
    Code(
        "PL114",
        "error",
        "a condition that is not known decides the graph",
        "A step, an order or data of a step stands under a condition that only running code would decide. With --allow "
        "PL114 it is kept, so that nothing is lost; a run would perhaps do without it.",
        "if os.environ['REGISTER'] == 'yes': steps.append(register_step)",
        "Supply the value that decides, as the note says (--env NAME=VALUE, --bind NAME=VALUE, or arguments after --). "
        "A variable that nobody gives is not known, as a run elsewhere may have it: --env NAME= makes it empty.",
        "dropped",
    ),
    Code(
        "PL115",
        "warning",
        "a setting is not known",
        "A setting depends on a value that only running code would give. The graph and what its steps compute do not "
        "need it: the SDK's default stands in its place.",
        "run_config.node_count = int(os.environ['NODES'])",
        "Give the variable of the program that holds it, with --bind NAME=VALUE, or write it into the source.",
        "approximated",
    ),
    Code(
        "PL116",
        "error",
        "a file is missing",
        "The program reads a file that is not there, and the pipeline needs what comes from it. The notes say where it "
        "was looked for, and what hangs on it: all of that is this one error.",
        "config = yaml.safe_load(open('config.yml'))",
        "Give the file: --file NAME=PATH. NAME is the file as the program names it, or the end of that.",
    ),
    Code(
        "PL117",
        "error",
        "variables or arguments are not given",
        "The pipeline needs several environment variables, or arguments of the program, that nobody has given. The "
        "notes say what each is needed for.",
        "os.environ['CLUSTER'], os.environ['STORE']",
        "Give variables with --env NAME=VALUE, or all together with --env-file FILE; arguments after --.",
    ),
)
