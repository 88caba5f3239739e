"""PL244 to PL259: secrets in the source, and data that is read in another way."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL244",
        "warning",
        "an environment variable is a secret",
        "The variable's name says that it is a credential, or its value is one. No output holds the value: the step's "
        "script gets it when it runs, from where the secrets of the target are.",
        "run_config.environment_variables = {'DB_PASSWORD': '…'}",
        "Provide it to the run: the variable PIPELIFT_SECRET_NAME, or the file .pipelift/secrets/NAME.",
        "approximated",
    ),
    Code(
        "PL245",
        "warning",
        "an argument of a step is a secret",
        "The argument holds a credential that the source, an environment variable or a key vault gives. No output and "
        "no command line holds the value: the launcher puts it into the script's arguments when the step starts. Only "
        "Python scripts can be started so; of another program the list of processes of its machine shows it.",
        "arguments=['--key', keyvault.get_secret('storage-key')]",
        "Provide it to the run: the variable PIPELIFT_SECRET_NAME, or the file .pipelift/secrets/NAME.",
        "approximated",
    ),
    Code(
        "PL246",
        "warning",
        "an argument of a step sounds like a secret",
        "The argument is the value of an option whose name says that it is a credential. No output holds it: the "
        "launcher puts the secret that is called after the option into the script's arguments when the step starts.",
        "arguments=['--api-token', 'abc123']",
        "Provide it to the run: the variable PIPELIFT_SECRET_NAME, or the file .pipelift/secrets/NAME. Where it is no "
        "secret, --allow PL246 lets it stay as it is.",
        "approximated",
    ),
    Code(
        "PL247",
        "warning",
        "the value of a parameter is a secret",
        "A parameter's default stands in the compiled pipeline. One whose name says that it is a credential, or whose "
        "value is one, becomes a secret: a run that gives no value takes it from there. On engines that "
        "show the parameters of a run, all runs do; and on every engine where only the value says that it is one.",
        "PipelineParameter('api_token', 'abc123')",
        "Provide it to the run: the variable PIPELIFT_SECRET_NAME, or the file .pipelift/secrets/NAME.",
        "approximated",
    ),
    Code(
        "PL248",
        "error",
        "a secret stands where the output would show it",
        "A name, a path, a package's address or the like holds a credential that the source or an environment variable "
        "gives. It would stand in the compiled pipeline.",
        "dependencies.set_pip_option('--extra-index-url https://user:TOKEN@host/simple')",
        "Take it out: say where the data or packages are without it, and name a secret in pipelift.toml.",
        hides="run",
    ),
    Code(
        "PL249",
        "warning",
        "a Data Lake Gen1 is retired",
        "Azure retired Data Lake Storage Gen1 on 29 February 2024. Its migration puts the data into a Gen2 account of "
        "the same name, in the container gen1; that is the address that pipelift suggests.",
        "Datastore.register_azure_data_lake(ws, 'lake', 'account', …)",
        'Say in pipelift.toml where the data is now: [stores.NAME] url = "abfs://gen1@ACCOUNT.dfs.core.windows.net".',
        "approximated",
    ),
    Code(
        "PL250",
        "warning",
        "a table is not quite the same",
        "The stand-in reads the table, and does what the program asks of its rows and columns, but not in every point "
        "as the service does: the message says where they differ.",
        "train, test = table.random_split(0.8)",
        "Nothing to do, unless the step depends on it.",
        "approximated",
    ),
    Code(
        "PL251",
        "error",
        "the address of data holds a credential",
        "The data is read from a web address that works only with the signature or password in it. No output holds it, "
        "and without it the data is not found.",
        "Dataset.File.from_files('https://account.blob.core.windows.net/data/a.csv?sv=…&sig=…')",
        "Register the place as a datastore, and give it in pipelift.toml: [stores.NAME] url and secret.",
        "dropped",
    ),
    Code(
        "PL252",
        "warning",
        "a database is read in another way",
        "Azure runs the stored procedure, or reads the whole table, and hands the rows over as a file. The targets "
        "send the query that means the same; the message shows it.",
        "SqlDataReference(store, 'rows', sql_stored_procedure='dbo.recent')",
        "See that the database takes it. Better, use Dataset.Tabular.from_sql_query.",
        "approximated",
    ),
    Code(
        "PL253",
        "error",
        "a query has no database",
        "The step's data are the rows that a database gives for a query. Where the database is, and with which secret "
        "to sign in, is not in pipelift.toml, and a folder cannot stand in for it.",
        "Dataset.Tabular.from_sql_query((datastore, 'SELECT …'))",
        'Say in pipelift.toml where it is: [stores.NAME] url = "postgresql://USER@HOST/DATABASE" and secret = "NAME".',
        hides="run",
    ),
)
