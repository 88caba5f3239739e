"""PL402 to PL409 and PL461: environments, images and hardware on a target."""

from pipelift.compiler.diagnostics.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL402",
        "note",
        "a package has another name today",
        "The package index keeps the old name only to refuse it.",
        'CondaDependencies.create(pip_packages=["sklearn", "tensorflow-gpu"])',
        "Nothing; use the new name in the source to get rid of the note.",
        fidelity="approximated",
    ),
    Code(
        "PL409",
        "warning",
        "the path of a Python cannot be read",
        "An environment whose image brings everything may name the Python in it. It is put on the image's PATH, so it "
        "has to be a plain path; without it the image's `python` or `python3` is taken.",
        'env.python.interpreter_path = "/opt/my env/bin/python"',
        "Name a path of letters, digits, and . _ - /.",
        fidelity="approximated",
    ),
    Code(
        "PL461",
        "warning",
        "Docker cannot count AMD's GPUs",
        "Docker hands out NVIDIA's GPUs by number. AMD's are device files of the machine, and a container that gets "
        "them sees all GPUs.",
        "AmlCompute.provisioning_configuration(vm_size='Standard_ND96isr_MI300X_v5')",
        "Nothing, unless several steps share the machine: then set ROCR_VISIBLE_DEVICES in the step's "
        "environment variables.",
        fidelity="approximated",
    ),
)
