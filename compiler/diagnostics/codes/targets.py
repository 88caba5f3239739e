"""PL40x and PL41x: what no image can keep as it was."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL401",
        "note",
        "conda packages come from the package index",
        "Most conda packages have a twin on the Python package index, and an image with pip alone is smaller "
        "and builds faster. The twin of the same version may be built differently.",
        'CondaDependencies.create(conda_packages=["pandas", "scikit-learn=0.24"])',
        "Nothing, unless the conda build matters: then give the environment an image of its own, "
        '`image = "…"` below [environments.NAME] in pipelift.toml.',
        fidelity="approximated",
    ),
    Code(
        "PL404",
        "warning",
        "the environment's Python version cannot be read",
        "The image is chosen by major and minor version, such as 3.10.",
        'CondaDependencies.create(python_version="latest")',
        "Name the version as 3.10, in the source or as `python` below [environments.NAME] in pipelift.toml.",
        fidelity="approximated",
    ),
    Code(
        "PL405",
        "error",
        "the environment's Python is too old",
        "What starts a step inside its container needs Python 3.6 or newer; on another version the step's "
        "script may behave differently or fail.",
        'CondaDependencies.create(python_version="2.7")',
        "Name a newer Python, in the source or as `python` below [environments.NAME] in pipelift.toml.",
        fidelity="dropped",
    ),
    Code(
        "PL406",
        "error",
        "no image can be built on this base",
        "The environment's image goes into a Dockerfile as it stands, so it has to be an image reference; a "
        "Dockerfile of its own has to begin with FROM.",
        'Environment("e").docker.base_image = "my image"',
        "Correct the name; the form is [registry/]name[:tag].",
        fidelity="dropped",
    ),
    Code(
        "PL407",
        "error",
        "a requirement that only your machine can install",
        "A path or an option that names a file means something only where the file lies; the image is built "
        "without it. Options for an index, as --extra-index-url, are kept.",
        'CondaDependencies.create(pip_packages=["-e ./library"])',
        "Publish the package to an index, or put its modules into the step's source directory.",
        fidelity="dropped",
    ),
    Code(
        "PL410",
        "error",
        "a step that cannot run outside Azure",
        "The step hands its work to a service that has no counterpart here.",
        'DatabricksStep(name="etl", notebook_path="/etl", …)',
        "Rewrite the step as a script step, or allow the loss: the step is then left out.",
        fidelity="dropped",
    ),
    Code(
        "PL411",
        "error",
        "an R script without R",
        "The images that pipelift makes hold Python; R comes only with an image that names it.",
        'RScriptStep(name="fit", script_name="fit.R", …)',
        'Name an image that has R and Python: `image = "…"` below [environments.NAME] in pipelift.toml.',
        fidelity="dropped",
    ),
)
