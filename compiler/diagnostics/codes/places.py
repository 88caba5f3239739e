"""PL412 to PL419 and PL45x: stores and secrets on a target."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL412",
        "error",
        "a store at a URL of an unknown kind",
        "The launcher reads remote files and databases through a client that it chooses by what stands before ://. "
        "For this one there is none, so steps would not find their data.",
        '[stores.workspaceblobstore]\nurl = "ftp://server/data"',
        "Give the store a URL of a kind that is named in the message, or a folder, below [stores.NAME.TARGET].",
        fidelity="dropped",
    ),
    Code(
        "PL413",
        "error",
        "an output in a database",
        "A step's output is files, and this store is a database here: there is no place for them.",
        'OutputFileDatasetConfig(destination=(sql_datastore, "out/"))',
        'Give the output another store, or this store a folder or an object store: `url = "s3://BUCKET/PATH"`.',
        fidelity="dropped",
    ),
    Code(
        "PL414",
        "warning",
        "HDFS needs Hadoop in the step's image",
        "An hdfs:// address is read through libhdfs, which needs Java and Hadoop's libraries; images of Python have "
        "neither.",
        '[stores.lake]\nurl = "hdfs://namenode:8020/data"',
        "Use the address of WebHDFS (webhdfs://namenode:9870/data), which needs nothing, or an image that has Hadoop.",
        fidelity="approximated",
    ),
    Code(
        "PL415",
        "error",
        "a secret with a name that no engine takes",
        "Secrets are looked up by name: as files, variables, connections and Kubernetes Secrets. This name does not "
        "fit, so that the variable would be missing.",
        'keyvault.get_secret("a/b")',
        "Rename the secret: letters, digits, dots, dashes and underscores, a letter or digit first.",
        fidelity="dropped",
    ),
    Code(
        "PL416",
        "note",
        "what a script writes below an input stays out of a remote store",
        "Azure ML mounts a DataReference or DataPath to be written too. Here a step gets a copy of the files of a "
        "remote store, and only its outputs are sent there.",
        "DataReference(datastore, 'output', path_on_datastore='models')   # the store is at s3://…",
        "Nothing, if the step only reads it. Else make it an output, OutputFileDatasetConfig(destination=(datastore, "
        "'models')), or give the store a folder.",
    ),
    Code(
        "PL450",
        "note",
        "a remote store",
        "The launcher copies what a step reads from a remote store to the state folder before the script starts (only "
        "what has changed since the last time), and what the step writes back to the store when it has completed. The "
        "script sees files, as before; the machine needs room for them.",
        '[stores.workspaceblobstore]\nurl = "abfs://data@account.dfs.core.windows.net"\nsecret = "azure"',
        'Name the credentials with `secret = "NAME"` and the client\'s settings with `options = {…}` below '
        "[stores.NAME] in pipelift.toml.",
    ),
    Code(
        "PL451",
        "note",
        "a secret that has to be provided",
        "The artifacts name a secret and hold no value of it. Where it is missing, the step that needs it fails and "
        "says so.",
        '[stores.workspaceblobstore]\nurl = "s3://bucket/data"\nsecret = "s3"',
        "Put it where the message says; docs/wiring.md lists what it may hold.",
    ),
)
