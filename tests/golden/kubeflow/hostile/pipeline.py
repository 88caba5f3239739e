"""Pipeline hostile-pipeline for Kubeflow Pipelines.

Compiled by pipelift; `python pipeline.py` writes pipeline.yaml anew after an edit. The images
are built from the folders beside this file, by `pipelift build` or as their Dockerfiles say.
"""

# Source: pipe"""line.py

from pathlib import Path

from kfp import compiler, dsl, kubernetes

# The tag of an image is a digest of all that is in it.
STEP_2_STEP_IMAGE = "hostile-pipeline/2-step:0123456789ab"
CLASS_2_IMAGE = "hostile-pipeline/class:0123456789ab"
XXXXXXXXXXXXXXXXXXXXXXX_D929CDEE_IMAGE = "hostile-pipeline/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-d929cdee:0123456789ab"
A_B_IMAGE = "hostile-pipeline/a-b:0123456789ab"
A__B_2_IMAGE = "hostile-pipeline/a-b:0123456789ab"
MMMMMMMMMMMMMMMMMMMMMMM_367AE2B4_IMAGE = (
    "hostile-pipeline/mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm:0123456789ab"
)
CONSUMER_IMAGE = "hostile-pipeline/consumer:0123456789ab"

COMMAND = ["python", "-m", "pipelift.runtime", "step", "--executor-input"]
EXECUTOR_INPUT = dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER


# it's "q" \ # {x} {{$}} ${HOME} é世 %s # second line (PythonScriptStep, a b.py:3)
@dsl.container_component
def step_2_step(
    lambda_: dsl.Output[dsl.Artifact],
    result_2: dsl.Output[dsl.Artifact],
    port_2_go: dsl.Output[dsl.Artifact],
    port_x: dsl.Output[dsl.Artifact],
    dsl_: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=STEP_2_STEP_IMAGE,
        command=COMMAND,
        args=[
            EXECUTOR_INPUT,
            "--output=lambda=lambda_",
            "--output=result=result_2",
            "--output=2 go=port_2_go",
            "--output=_x=port_x",
            "--output=dsl=dsl_",
        ],
    )


# class (Step""" )
@dsl.container_component
def class_2(
    lambda_: dsl.Input[dsl.Artifact],
    data: dsl.Input[dsl.Artifact],
    metrics_2: dsl.Input[dsl.Artifact],
    class_result: dsl.Input[dsl.Artifact],
    step_2_step_result: str,
    text: str,
    learning_rate__: float,
    class_: str,
    data_2: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=CLASS_2_IMAGE,
        command=COMMAND,
        args=[
            EXECUTOR_INPUT,
            f"--parameter=text={text}",
            f"--parameter=learning rate{{}}={learning_rate__}",
            f"--parameter=class={class_}",
            "--upstream=2-step=step_2_step_result",
            "--input=lambda=lambda_",
            "--input=metrics=metrics_2",
            "--output=data=data_2",
        ],
    )


# nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn (PythonScriptStep)
@dsl.container_component
def xxxxxxxxxxxxxxxxxxxxxxx_d929cdee(
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=XXXXXXXXXXXXXXXXXXXXXXX_D929CDEE_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# a-b (PythonScriptStep)
@dsl.container_component
def a_b(
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=A_B_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# a--b (PythonScriptStep)
@dsl.container_component
def a__b_2(
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=A__B_2_IMAGE,
        command=COMMAND,
        args=[EXECUTOR_INPUT],
    )


# mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm (PythonScriptStep)
@dsl.container_component
def mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4(
    ooooooooooooooooooooooooooooooooooooooooooooo_52555027: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=MMMMMMMMMMMMMMMMMMMMMMM_367AE2B4_IMAGE,
        command=COMMAND,
        args=[
            EXECUTOR_INPUT,
            "--output=oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo=ooooooooooooooooooooooooooooooooooooooooooooo_52555027",
        ],
    )


# consumer (PythonScriptStep)
@dsl.container_component
def consumer(
    iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii_a6121502: dsl.Input[dsl.Artifact],
    mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm_dc36dff8: str,
    lllllllllllllllllllllllllllllllllllllllllllll_17e9467a: str,
    out: dsl.Output[dsl.Artifact],
    result: dsl.OutputPath(str),
    metrics: dsl.Output[dsl.Metrics],
):
    return dsl.ContainerSpec(
        image=CONSUMER_IMAGE,
        command=COMMAND,
        args=[
            EXECUTOR_INPUT,
            f"--parameter=llllllllllllllllllllllllllllllllllllllllllllllllllllllllllll={lllllllllllllllllllllllllllllllllllllllllllll_17e9467a}",
            "--upstream=mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm=mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm_dc36dff8",
            "--input=iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii=iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii_a6121502",
        ],
    )


@dsl.pipeline(
    name="hostile-pipeline",
    display_name='it\'s "q" \\ # {x} {{$}} ${HOME} é世 %s',
    description='"""\nit\'s "q" \\ # {x} {{$}} ${HOME} \xe9\u4e16 %s',
)
def hostile_pipeline(
    text: str = 'it\'s "q" \\ # {x} {{$}} ${HOME} é世 %s',
    learning_rate__: float = 1.0,
    class_: str = "",
    lllllllllllllllllllllllllllllllllllllllllllll_17e9467a: str = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
):
    step_2_step_task = step_2_step()
    step_2_step_task.set_display_name(
        'it\'s "q" \\ # {x} {{$}} ${HOME} é世 %s # second line',
    )
    step_2_step_task.set_caching_options(True)

    class_2_task = class_2(
        lambda_=step_2_step_task.outputs["lambda_"],
        data=step_2_step_task.outputs["port_2_go"],
        metrics_2=step_2_step_task.outputs["port_x"],
        class_result=step_2_step_task.outputs["dsl_"],
        step_2_step_result=step_2_step_task.outputs["result"],
        text=text,
        learning_rate__=learning_rate__,
        class_=class_,
    )
    class_2_task.set_display_name("class")
    class_2_task.set_caching_options(True)

    xxxxxxxxxxxxxxxxxxxxxxx_d929cdee_task = xxxxxxxxxxxxxxxxxxxxxxx_d929cdee()
    xxxxxxxxxxxxxxxxxxxxxxx_d929cdee_task.set_display_name(
        "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
    )
    xxxxxxxxxxxxxxxxxxxxxxx_d929cdee_task.set_caching_options(True)

    a_b_task = a_b()
    a_b_task.after(xxxxxxxxxxxxxxxxxxxxxxx_d929cdee_task)
    a_b_task.set_caching_options(True)

    a__b_2_task = a__b_2()
    a__b_2_task.set_display_name("a--b")
    a__b_2_task.after(a_b_task)
    a__b_2_task.set_caching_options(True)

    mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4_task = mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4()
    mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4_task.set_display_name(
        "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm",
    )
    mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4_task.set_caching_options(True)

    consumer_task = consumer(
        iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii_a6121502=mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4_task.outputs[
            "ooooooooooooooooooooooooooooooooooooooooooooo_52555027"
        ],
        mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm_dc36dff8=mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4_task.outputs[
            "result"
        ],
        lllllllllllllllllllllllllllllllllllllllllllll_17e9467a=lllllllllllllllllllllllllllllllllllllllllllll_17e9467a,
    )
    consumer_task.set_caching_options(True)

    # Every step files what it does under the run that it is part of. The environment is no part
    # of KFP's cache key, so an earlier result is still found.
    for task in [
        step_2_step_task,
        class_2_task,
        xxxxxxxxxxxxxxxxxxxxxxx_d929cdee_task,
        a_b_task,
        a__b_2_task,
        mmmmmmmmmmmmmmmmmmmmmmm_367ae2b4_task,
        consumer_task,
    ]:
        kubernetes.use_field_path_as_env(
            task,
            env_name="PIPELIFT_RUN",
            field_path="metadata.labels['pipeline/runid']",
        )


if __name__ == "__main__":
    compiler.Compiler().compile(
        hostile_pipeline,
        str(Path(__file__).with_suffix(".yaml")),
    )
