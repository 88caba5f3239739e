"""A program for any Airflow from 2.10 on: loads each folder of DAG files and prints what came of it, as JSON.

Usage: ``python load_dags.py HOME FOLDER…``. The last line is ``{FOLDER: null or the error's last line}``. A folder is
loaded with a DagBag of its own, since several have a DAG of one name.
"""

import json
import os
import sys
from typing import Any


def main(home: str, *folders: str) -> None:
    os.environ.update(
        AIRFLOW_HOME=home,
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT="600",  # whether it loads is asked, not how fast
    )
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ModuleNotFoundError:  # before 3.2
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef]
    print(json.dumps({folder: problem(DagBag(folder)) for folder in folders}))


def problem(bag: Any) -> "str | None":
    if bag.import_errors:
        return "; ".join(text.strip().splitlines()[-1] for text in bag.import_errors.values())
    return None if bag.dags else "there is no DAG in it"


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(*sys.argv[1:])
