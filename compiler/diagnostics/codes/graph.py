"""PL3xx: the graph of the pipeline."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL300",
        "error",
        "there is no pipeline",
        "The program builds no Pipeline, or none of the name that was asked for. A function that would build one is of "
        "no effect until the program calls it.",
        "pipelift compile helpers.py",
        "Name the file that builds the pipeline.",
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
        hides="run",
    ),
    Code(
        "PL305",
        "warning",
        "a parameter for data is fixed",
        "The parameter stands for a dataset. The targets get its default: a run cannot choose another.",
        "PipelineParameter('data', Dataset.File.from_files((store, 'a')))",
        "Change the default and compile again, or take a DataPath: a run may choose its path.",
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
        "PL307",
        "warning",
        "nobody reads an output",
        "The step writes an output that no other step takes. It is kept, but has no use in the pipeline.",
        "outputs=[report]   # no step takes report",
        "Remove it, or let a step take it, or register it.",
    ),
    Code(
        "PL308",
        "warning",
        "a step's source directory is the whole project",
        "Every file below the pipeline's own folder travels with the step, and a change in any of them "
        "defeats reuse.",
        "PythonScriptStep('train.py')   # no source_directory",
        "Keep the step's files in a folder of their own, or name the rest in .amlignore.",
    ),
    Code(
        "PL309",
        "warning",
        "a parameter defeats reuse",
        "The step may reuse earlier results, but takes a parameter that is different in each run.",
        "arguments=['--build', PipelineParameter('build_id', '1')]",
        "Pass the parameter only to steps that need it, or give allow_reuse=False.",
    ),
    Code(
        "PL310",
        "error",
        "a source directory is missing",
        "The step's files come from a folder that is not there, or that lies outside the project: there pipelift reads "
        "only what --allow-read names.",
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
        "A snapshot is limited to 300 MB by the SDK, and each of its files must be readable. Names of files "
        "must be UTF-8: no artifact can hold others.",
        "source_directory='.'   # with data in it",
        "Name what does not belong to the code in .amlignore.",
    ),
    Code(
        "PL313",
        "error",
        "a parameter stands in a destination",
        "The SDK writes the parameter's placeholder into the path as it is: the place is never what was"
        " meant.",
        "OutputFileDatasetConfig(destination=(store, f'{parameter}/out'))",
        "Use {run-id} and {output-name}, or pass the parameter to the script.",
    ),
    Code(
        "PL314",
        "warning",
        "a step is connected to no other",
        "The step is listed with others, but neither takes their data nor runs after them: it starts at once.",
        "Pipeline(ws, steps=[prepare, train, deploy])   # deploy takes nothing",
        "Pass data between them, or call run_after.",
    ),
    Code(
        "PL315",
        "note",
        "a file with a secret stays behind",
        "The source directory of a step holds the pipeline file itself, or a notebook that no step names, and it holds "
        "a secret: outputs of cells often do. It is no part of the step's files, so that the secret is in no image and "
        "no output.",
        "PythonScriptStep('train.py')   # beside a pipeline file with account_key='…'",
        "Nothing to do, unless a script imports or runs it. Better, take the secret out of it.",
    ),
    Code(
        "PL316",
        "error",
        "a step's file holds a secret",
        "A file of the source directory holds a credential: one that the pipeline file or the environment gives, "
        "or one that is plain to see, as a storage key or a private key. All who get the output could use it.",
        "source_directory='src'   # with src/config.json: \"AccountKey=…\"",
        "Take the credential out of the file, or name the file in .amlignore. Where it must travel: --allow PL316.",
        "dropped",
    ),
    Code(
        "PL317",
        "error",
        "a file lies outside the project",
        "A link in the source directory leads out of the project: out of its Git repository, else out of the pipeline "
        "file's folder. Files of the machine that compiles do not get into a snapshot that way.",
        "source_directory='src'   # with src/key -> /home/me/.ssh/id_rsa",
        "Copy the file into the project, name the link in .amlignore, or, if you trust the project, let pipelift read "
        "the folder: --allow-read DIR. To go on without the file: --allow PL317.",
        "dropped",
    ),
    Code(
        "PL318",
        "error",
        "a path leaves its store",
        "Paths of data begin at the root of their store. With `..` in it, a path would lead out of it, to files of "
        "whoever runs the pipeline, or over data of others: nothing follows it, on no target. What a script writes on "
        "the compute target lies below the folder that it runs in, or at an absolute path.",
        "Dataset.File.from_files((store, '../../etc'))",
        "Write the path from the root of the store, without `..`.",
    ),
    Code(
        "PL319",
        "error",
        "a store's name is no name",
        "The name of a store becomes a folder and a mount on every target. A path, an empty text or an endless one "
        "is none; a workspace knows no store of that name either.",
        "Datastore(ws, '../../home')",
        "Call the store as the workspace does: letters, digits and `_`.",
    ),
    Code(
        "PL320",
        "warning",
        "a file of a step is not known",
        "The program writes a file into the source directory, and what it writes is not known: it depends on a "
        "variable that is not given, or on the workspace. The file travels without it.",
        "json.dump({'key': os.environ['KEY']}, open('src/conf.json', 'w'))   # without --env KEY=…",
        "Supply what is missing, or name the file in .amlignore, if no step reads it.",
        "approximated",
    ),
    Code(
        "PL321",
        "error",
        "a source file changed meanwhile",
        "Source files are read once for their digests, and again when they are copied into an output or for a run. In "
        "between one was changed or removed, so that the copy would not be what its digest says.",
        "pipelift compile pipeline.py --target TARGET -o build   # while an editor saves src/train.py",
        "Repeat the command when nothing writes into the source directory.",
    ),
    Code(
        "PL322",
        "warning",
        "a line of an ignore file is no pattern",
        "Git takes some lines for no pattern at all, such as one that ends with a backslash, or a range from `t` to "
        "`c`. Such a line leaves nothing out.",
        "data\\   # in .amlignore",
        "Correct the line, or remove it.",
    ),
    Code(
        "PL323",
        "error",
        "a path means two things",
        "Relative paths start in the current folder, as for `python FILE`, and where nothing is there beside the "
        "pipeline file. This one is found in both, with different content: which is meant cannot be told.",
        "source_directory='src'   # ./src and pipelines/src",
        "Say in which folder the file is to be run: --workdir DIR.",
        hides="run",
    ),
    Code(
        "PL324",
        "note",
        "a path is taken from beside the pipeline file",
        "Relative paths start in the current folder, as for `python FILE`. There is nothing of that name there, but "
        "beside the pipeline file.",
        "pipelift compile pipelines/train.py   # with source_directory='src', which is pipelines/src",
        "Nothing to do, if that is what is meant. --workdir DIR says in which folder the file is to be run.",
    ),
)
