"""A program: loads the DAG files of a folder with Airflow and prints, as JSON, what it found.

Usage: ``python -m pipelift.backends.airflow.probe FOLDER HOME``, where Airflow may write to HOME. The last
line of the output is ``{"installed": …, "dags": {id: [task, …]}, "errors": {file: text}}``.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

SETTINGS = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
}


def main(folder: str, home: str) -> None:
    """Load `folder` with `home` as Airflow's home. Leaves no compiled files beside the DAG."""
    sys.dont_write_bytecode = True
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        del os.environ[name]
    os.environ.update(SETTINGS, AIRFLOW_HOME=home, AIRFLOW__CORE__DAGS_FOLDER=folder)
    print(json.dumps(_load(folder)))


def _load(folder: str) -> dict[str, object]:
    try:
        import airflow  # noqa: F401
    except ModuleNotFoundError:
        return {"installed": False}
    bag = _import_dag_bag()(folder)
    dags = {name: sorted(dag.task_ids) for name, dag in sorted(bag.dags.items())}
    return {"installed": True, "dags": dags, "errors": dict(bag.import_errors)}


def _import_dag_bag() -> type:
    """The class that the DAG processor uses; it moved after Airflow 3.1."""
    try:
        module = importlib.import_module("airflow.dag_processing.dagbag")
    except ModuleNotFoundError:
        module = importlib.import_module("airflow.models.dagbag")
    bag: type = module.DagBag
    return bag


if __name__ == "__main__":
    main(*sys.argv[1:])
