"""PL260 to PL279: environments and clusters as the program makes them."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL260",
        "note",
        "Azure's base image is left out",
        "Azure ML installs an environment's packages with conda into its base images; without CUDA these hold MPI and "
        "nothing else that a step sees. A plain image of the environment's Python is smaller and public.",
        'env.docker.base_image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"',
        "Nothing. If the image matters, name it: `image` with `packages` below [environments.NAME] in pipelift.toml.",
        fidelity="approximated",
    ),
    Code(
        "PL261",
        "note",
        "an image is in a private registry",
        "The environment begins with an image that needs a login. Its user name and password are not carried over: "
        "Docker's own login is used where the images are built.",
        'env.docker.base_image_registry.address = "ours.azurecr.io"',
        "docker login ADDRESS, before `pipelift build`.",
    ),
    Code(
        "PL262",
        "warning",
        "Spark is not there",
        "Azure ML hands the script of a PySpark run configuration to a Spark cluster and fetches packages from Maven. "
        "Here the script runs as a plain Python script, without those packages.",
        'RunConfiguration(framework="PySpark")',
        "Give the environment an image that has Spark, or install pyspark and Java in it and let the script make a "
        "local session.",
        fidelity="approximated",
    ),
    Code(
        "PL263",
        "warning",
        "an environment by name beside a pipeline parameter",
        "The documentation rules it out: where a step uses PipelineParameter objects, the run configuration's "
        "environment has to be an Environment object, not a name and version. pipelift accepts it.",
        'run_config.environment.name = "MyEnvironment"\nrun_config.environment.version = "1.0"',
        "run_config.environment = Environment.get(ws, 'MyEnvironment'), if the SDK should take it too.",
    ),
    Code(
        "PL264",
        "warning",
        "a package index with a user name or password",
        "The URL of an index or package holds credentials. They would stand in requirements.txt and in a layer of the "
        "image, so the URL is carried over without them.",
        'dependencies.set_pip_option("--extra-index-url https://user:token@host/simple")',
        "Put the URL with its credentials into a pip.conf of your own, and build with "
        "`pipelift build DIR --pip-config pip.conf`: it is there while packages are installed, and in no layer.",
        fidelity="approximated",
    ),
    Code(
        "PL266",
        "error",
        "packages of R that conda does not have",
        "R and its packages of CRAN come from conda-forge. Packages from GitHub, Bioconductor or other places are not "
        "installed; scripts that load them fail.",
        "env.r.github_packages = [package]",
        'Name an image that has R, Python and the packages: `image = "…"` below [environments.NAME] in pipelift.toml.',
        fidelity="dropped",
    ),
    Code(
        "PL267",
        "warning",
        "settings of a cluster are not carried over",
        "Priority, node limits and idle time belong to a cluster that grows and shrinks for the workspace. Steps ask "
        "for the size of a node; how many there are, and what they cost, is up to the machines that the target has.",
        "AmlCompute.provisioning_configuration(vm_size=…, vm_priority='lowpriority', max_nodes=4)",
        "Nothing on one machine. On Kubernetes, limit the node pool; spot nodes are chosen with node_selector and "
        "tolerations below [compute.NAME] in pipelift.toml.",
        fidelity="approximated",
    ),
)
