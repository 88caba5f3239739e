"""PL5xx: configuration, data, running and outputs; PL9xx: faults of pipelift."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL501",
        "error",
        "the configuration cannot be used",
        "pipelift.toml says where stores, compute and environments are now; a mistake in it would send data "
        "or steps to the wrong place, so nothing is guessed.",
        '[stores.workspaceblobstore]\nurll = "data"   # unknown key',
        "Correct the line; `pipelift init FILE` writes a commented file to start from.",
        hides="run",
    ),
    Code(
        "PL502",
        "error",
        "there is no such parameter",
        "A value is given for a parameter that the pipeline does not have: the SDK refuses it when it is submitted.",
        "pipelift run pipeline.py --param learning_rat=0.1",
        "Use one of the pipeline's parameters; `pipelift graph FILE --format json` lists them.",
    ),
    Code(
        "PL503",
        "error",
        "a parameter's value has the wrong type",
        "The type of a parameter is that of its default; the SDK refuses a value of another type.",
        "pipelift run pipeline.py --param epochs=many",
        "Give a value of the parameter's type.",
    ),
    Code(
        "PL504",
        "error",
        "which pipeline to run is open",
        "The file builds several pipelines; a run is of one.",
        "pipelift run pipelines.py",
        "Pick one with --pipeline NAME.",
    ),
    Code(
        "PL505",
        "error",
        "there is no such target",
        "A target is a package that is installed beside pipelift, or one of its own.",
        "pipelift compile pipeline.py --target nmae",
        "Use one of those that the message names; `pipelift targets` lists them.",
        status=2,
    ),
    Code(
        "PL506",
        "error",
        "a library that the target needs is not installed",
        "Targets bring their libraries along as extras of pipelift, so that nobody installs what they do not use.",
        "pipelift compile pipeline.py --target NAME   # without its library",
        "Install it with the line of the message, and repeat the command.",
        status=2,
    ),
    Code(
        "PL507",
        "error",
        "this needs POSIX",
        "Running steps, and looking whether one runs, rests on locks and signals that Linux and macOS have. What only "
        "reads and writes files (check, graph, init, diff, compile) works everywhere.",
        "pipelift run pipeline.py   # on Windows",
        "On Windows use the Windows Subsystem for Linux, or compile here and run the artifacts where they belong.",
        status=2,
    ),
    Code(
        "PL508",
        "error",
        "it is more than this machine can take",
        "The memory that the process may use, or the depth to which Python nests calls, is not enough for a file that "
        "was read. Nothing was written.",
        "ulimit -v 200000; pipelift compile pipeline.py --target TARGET -o build",
        "Name a smaller file, or allow the process more memory. If the pipeline is an ordinary one, please report it.",
    ),
    Code(
        "PL518",
        "error",
        "a pipeline parameter has no value",
        "A parameter without a default needs a value for each run.",
        "PipelineParameter(name='rate', default_value=None)",
        "Give it: --param NAME=VALUE.",
    ),
    Code(
        "PL530",
        "error",
        "there is no such step",
        "A step is named that the pipeline does not have. A misspelt name would run more, or less, than was meant.",
        "pipelift run pipeline.py --only trian",
        "Name a step by its name or id; `pipelift graph FILE` lists them.",
    ),
    Code(
        "PL532",
        "error",
        "the run cannot be resumed",
        "A run goes on under its own id, with its own parameters. It has to exist and to be the pipeline's, and "
        "must have failed or have been broken off; of parameters that sound like secrets no value is kept.",
        "pipelift run pipeline.py --resume 20260101-120000-ab12",
        "`pipelift runs FILE` lists the runs and how they ended.",
    ),
    Code(
        "PL533",
        "error",
        "no step is picked",
        "No step comes both after those of --from and before those of --until.",
        "pipelift run pipeline.py --from train --until prepare",
        "Name steps that lie on one way through the pipeline.",
    ),
    Code(
        "PL538",
        "error",
        "the state folder cannot be used",
        "What runs leave, and what later ones reuse, lies in .pipelift/ beside the pipeline, or in the folder that "
        "PIPELIFT_STATE names for a deployment. It has to be a folder that you may write, on a disk with room.",
        "touch .pipelift; pipelift run pipeline.py",
        "The message names the file and the reason: give the folder to your user (`chown`), make room, or move away "
        "what stands in its place.",
    ),
    Code(
        "PL539",
        "error",
        "a file cannot be read or written",
        "A file or folder that the command needs is missing, of another kind or of another user, or its disk is full.",
        "pipelift runs pipeline.py   # and .pipelift/runs belongs to root",
        "The message names the file and the reason: mend that, and repeat the command.",
        status=2,
    ),
    Code(
        "PL540",
        "error",
        "files of the output folder were changed since they were compiled",
        "Generated code is yours to edit, so compiling again replaces only what nobody has touched: a file "
        "counts as touched when its sha256 is not the one in manifest.json, or when it stands where a new "
        "file is to go.",
        "pipelift compile pipeline.py --target TARGET -o build   # a file in build/ was edited by hand",
        "Compile into another folder and merge, or pass --force to give up the changes in the files named.",
        status=2,
    ),
    Code(
        "PL541",
        "error",
        "the output folder is not ours to overwrite",
        "A folder that holds files but no manifest.json of pipelift's was not made by pipelift. Replacing "
        "it could destroy your work, so --force does not help here either.",
        "pipelift compile pipeline.py --target TARGET -o .   # the folder of the sources",
        "Name a new or empty folder with -o, or remove this one yourself.",
        status=2,
    ),
    Code(
        "PL542",
        "error",
        "the output folder cannot be written",
        "The output is built beside its place and put there by renaming, so that it is complete or not "
        "there at all. That needs a plain folder, and a parent folder in which you may create and rename "
        "entries.",
        "pipelift compile pipeline.py --target TARGET -o /usr/out",
        "Name a folder with -o whose parent you may write to.",
        status=2,
    ),
    Code(
        "PL543",
        "error",
        "this is no output folder of pipelift",
        "Deploying, examining and comparing read what `pipelift compile` wrote: pipeline.ir.json and manifest.json, in "
        "the form of this version.",
        "pipelift deploy build   # the output folder is build/TARGET",
        "Name the folder that `pipelift compile` wrote, or compile again.",
        status=2,
    ),
)
