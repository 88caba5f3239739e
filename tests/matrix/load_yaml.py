"""A program for any kfp of version 2: loads each compiled pipeline and prints what came of it, as JSON.

Usage: ``python load_yaml.py FILE…``. The last line is ``{FILE: null or the error's first line}``.
"""

import json
import sys
import warnings


def main(*files: str) -> None:
    from kfp import components

    warnings.simplefilter("ignore")
    found = {}
    for file in files:
        try:
            component = components.load_component_from_file(file)
            found[file] = None if component.pipeline_spec.root.dag.tasks else "there is no pipeline in it"
        except Exception as error:  # whatever kfp raises is what is asked
            found[file] = (str(error).strip() or type(error).__name__).splitlines()[0]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
