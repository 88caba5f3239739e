"""a 'b' 'c' {{ d }} {% e %} {# f #} / ''' é 😀 as an Airflow DAG, compiled by pipelift from a'''b.py.

Each task runs one step in a container of its own. Build the images before the first run
(`pipelift build` on this folder); the workers need Airflow 3 and the Kubernetes provider,
nothing else.

These variables, set for the Airflow workers, replace what stands in this file:

- `PIPELIFT_CLAIM`: the claim (ReadWriteMany) for the records of runs, and for stores without a claim of their own

A run whose configuration holds `"pipelift_no_reuse": true` takes no earlier results; with
`"pipelift_refresh": ["STEP"]` the steps named run anew.
"""

import os

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Param
from kubernetes.client import models as k8s

# Names what a run writes: Airflow's id without the characters that paths should not have.
RUN = "{{ dag.dag_id }}-{{ run_id | replace(':', '-') | replace('+', '_') }}"


def volume(name, variable, default):
    """The volume of a claim: the one that the environment variable names, else `default`."""
    claim = k8s.V1PersistentVolumeClaimVolumeSource(os.environ.get(variable) or default)
    return k8s.V1Volume(name=name, persistent_volume_claim=claim)


SHARED = volume("pipelift", "PIPELIFT_CLAIM", "pipelift")


def mount(volume, target, sub_path=None, read_only=False):
    """A mount of a volume, or of a folder in it."""
    return k8s.V1VolumeMount(
        name=volume.name, mount_path=target, sub_path=sub_path, read_only=read_only
    )


def stop_after_failure(context):
    """Once a step has failed no other starts, not even one that does not depend on it.

    (`fail_fast` of a DAG skips the others, and the run then counts as a success.) To go on
    with a failed run, clear all its failed tasks together.
    """
    ti = context["ti"]
    states = ti.get_task_states(ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(task_id for task_id, state in states.items() if state == "failed")
    if failed:
        raise RuntimeError(f"not started, since {', '.join(failed)} failed")


def reuse_options(context):
    """What the run's configuration says about earlier results, for the launcher."""
    conf = context["dag_run"].conf or {}
    anew = ["--no-reuse"] if conf.get("pipelift_no_reuse") else []
    steps = conf.get("pipelift_refresh") or []
    return [*anew, *(f"--refresh={step}" for step in steps)]


def prepare_step(context):
    """Ask the launcher for a new result where the run's configuration says so."""
    task = context["task"]
    task.arguments = [*task.arguments, *reuse_options(context)]


def before_step(context):
    """What happens before a task starts."""
    stop_after_failure(context)
    prepare_step(context)


with DAG(
    dag_id="sample",
    dag_display_name='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    description='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params={
        'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e': Param(
            'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
            type="string",
        ),
        "items": Param(3, type="integer"),
        "wanted": Param(type="boolean"),
    },
    tags=[
        "pipelift",
        'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    ],
    default_args={
        "namespace": "ml",
        "startup_timeout_seconds": 600,
        "on_finish_action": "delete_succeeded_pod",
        "log_events_on_failure": True,
        "pre_execute": before_step,
        "do_xcom_push": False,
    },
):
    # a "b" 'c' {{ d }} {% e %} {# f #} \ """ é 😀 (PythonScriptStep)
    import_step = KubernetesPodOperator(
        task_id="import",
        task_display_name='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
        image="sample/import:5f9c3320b394",
        arguments=[
            "step",
            "--run",
            RUN,
            "--parameter={{ 'a \\x22b\\x22 \\x27c\\x27 \\x7b\\x7b d \\x7d\\x7d \\x7b% e %\\x7d \\x7b# f #\\x7d\\n\\\\ \\x22\\x22\\x22 \\xe9 \\U0001f600\\u202e' }}={{ params['a \\x22b\\x22 \\x27c\\x27 \\x7b\\x7b d \\x7d\\x7d \\x7b% e %\\x7d \\x7b# f #\\x7d\\n\\\\ \\x22\\x22\\x22 \\xe9 \\U0001f600\\u202e'] }}",
            "--parameter=items={{ params['items'] }}",
            "--parameter=wanted={{ params['wanted'] }}",
        ],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    # k8s (PythonScriptStep)
    k8s_step = KubernetesPodOperator(
        task_id="k8s",
        image="sample/k8s:3cd0a2975aba",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    # Über Schritt (PythonScriptStep)
    ber_schritt = KubernetesPodOperator(
        task_id="_ber_Schritt",
        task_display_name="Über Schritt",
        image="sample/ber-schritt-c7a01567:708d870aa82f",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    # long (PythonScriptStep)
    xxxxxxxxxxxxxxxxxxxxxxxxx_718df6 = KubernetesPodOperator(
        task_id="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        task_display_name="long",
        image="sample/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-718df670:cc1288ca590e",
        arguments=["step", "--run", RUN],
        volumes=[SHARED],
        volume_mounts=[
            mount(SHARED, "/pipelift/state", sub_path="state"),
            mount(SHARED, "/pipelift/stores/store", sub_path="stores/store"),
        ],
    )

    import_step >> k8s_step
    k8s_step >> ber_schritt
    import_step >> xxxxxxxxxxxxxxxxxxxxxxxxx_718df6
