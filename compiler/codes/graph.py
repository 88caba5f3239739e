"""PL3xx: the graph of the pipeline."""

from pipelift.compiler.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL300",
        "error",
        "there is no pipeline",
        "The program builds no Pipeline, or none of the name that was asked for.",
        "pipelift compile helpers.py",
        "Name the file that builds the pipeline, or one of the names listed.",
    ),
    Code(
        "PL301",
        "error",
        "the steps wait for each other",
        "Each step of the cycle waits for another one of it, so none could ever start. The SDK's "
        "validate() refuses it.",
        "a.run_after(b); b.run_after(a)",
        "Remove one of the dependencies.",
    ),
    Code(
        "PL302",
        "error",
        "an input comes from nowhere",
        "The input is the output of a step that is not there: the SDK refuses it as `not "
        "connected to any previous step`.",
        "inputs=[data]   # no step has outputs=[data]",
        "Add data to the outputs of the step that makes it.",
    ),
    Code(
        "PL303",
        "warning",
        "the size of a compute target is not known",
        "CPU, memory and GPU of a step follow from its VM size. Without it the step asks for "
        "nothing, and runs wherever there is room.",
        "compute_target='gpu-cluster'",
        'Say it in pipelift.toml: [compute.NAME] vm_size = "STANDARD_NC6", or cpu, memory and gpu.',
    ),
    Code(
        "PL304",
        "error",
        "the pipeline is empty",
        "The pipeline has no steps: there is nothing to run.",
        "Pipeline(ws, steps=[])",
        "Give it steps.",
    ),
    Code(
        "PL305",
        "warning",
        "a parameter for data is fixed",
        "The parameter stands for a dataset or a path. The targets get its default; choosing "
        "another when a run starts is not possible yet.",
        "PipelineParameter('data', DataPath(store, 'a'))",
        "Change the default and compile again for other data.",
        "approximated",
    ),
    Code(
        "PL306",
        "warning",
        "no step waits for another",
        "Nothing connects the steps, and the order of a list means nothing to the SDK: they run "
        "at the same time.",
        "Pipeline(ws, steps=[train, deploy])",
        "Pass data between them, or call deploy.run_after(train).",
    ),
    Code(
        "PL310",
        "error",
        "a source directory is missing",
        "The step's files come from a folder that is not there.",
        "source_directory='./trian_src'",
        "Correct the path: it starts at the current folder, or beside the pipeline file.",
    ),
    Code(
        "PL311",
        "error",
        "a script is missing",
        "The step's script is not in its source directory, or an ignore file leaves it out. The "
        "SDK refuses the pipeline.",
        "PythonScriptStep('train.py', source_directory='src')   # no src/train.py",
        "Correct script_name or source_directory.",
    ),
    Code(
        "PL312",
        "error",
        "a source directory cannot travel",
        "A snapshot is limited to 300 MB by the SDK, and each of its files must be readable.",
        "source_directory='.'   # with data in it",
        "Name what does not belong to the code in .amlignore.",
    ),
)
