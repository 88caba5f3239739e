"""Starts a Python script whose arguments are secrets: ``python starting.py SCRIPT ARGUMENT…`` for ``python SCRIPT …``.

A command line is shown to all of the machine (``ps``), so ``***`` stands there for a secret, and the value comes in a
variable, which only the owner of a process can read and which the script does not see. The launcher starts this file
as a program; nothing of ours is imported here, nor stands on the script's path.
"""

VARIABLE = "PIPELIFT_ARGUMENTS"
"""The values of hidden arguments as a JSON object, by their places in ``sys.argv``."""


def _start() -> None:
    """Be, as far as a script can tell, the interpreter that was started with it."""
    # In the function, since the script gets a module without names of ours.
    import os
    import sys

    path = os.path.realpath(sys.argv[1])
    if not getattr(sys.flags, "safe_path", False):
        # First of all: the folder of this file has modules that are called like some of Python's own.
        sys.path[0] = os.path.dirname(path)
    import json

    del sys.argv[0]
    for place, text in json.loads(os.environ.pop(VARIABLE)).items():
        sys.argv[int(place)] = text
    # Since Python 3.9 the path of a script is absolute (bpo-20443), and so it is in tracebacks.
    script = os.path.abspath(sys.argv[0]) if sys.version_info >= (3, 9) else sys.argv[0]
    with open(path, "rb") as file:
        source = file.read()
    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if not name.startswith("__")]:
        del main[name]
    main.update(__file__=script, __doc__=None, __cached__=None, __spec__=None)
    try:
        exec(compile(source, script, "exec", dont_inherit=True), main)
    except Exception as error:
        # The traceback begins with the script's own frame.
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


if __name__ == "__main__":
    _start()
