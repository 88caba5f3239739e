"""`pipelift doctor`: what a host or cluster lacks, as stand-ins for docker and kubectl on the PATH tell it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from tests.support.folders import write_program
from tests.support.sdk_world import PRELUDE

HEALTHY = {
    "docker version": "27.1.1",
    "docker compose version": "2.29.0",
    "docker image inspect": "[]",
    "docker info": '{"runc": {}, "nvidia": {}}',
    "docker volume inspect": "[]",
}
CLUSTER = {
    "kubectl version": '{"serverVersion": {"gitVersion": "v1.31.0"}}',
    "kubectl get nodes": '{"items": [{"status": {"allocatable": {"nvidia.com/gpu": "4"}}}]}',
}
SOURCE = """
from azureml.core.compute import AmlCompute, ComputeTarget
gpu = ComputeTarget.create(ws, "gpu", AmlCompute.provisioning_configuration(vm_size="Standard_NC6"))
step = PythonScriptStep("a.py", name="a", source_directory="src", compute_target=gpu, inputs=[
    Dataset.File.from_files((store, "raw")).as_named_input("raw")])
"""


def stand_in(folder: Path, answers: Mapping[str, str]) -> Path:
    """Programs on a PATH of their own that answer what begins with one of `answers`, and fail at all else."""
    folder.mkdir()
    for program in {words.split()[0] for words in answers}:
        cases = "".join(
            f"  {shlex.quote(words.partition(' ')[2])}*) echo {shlex.quote(text)};;\n"
            for words, text in answers.items()
            if words.split()[0] == program
        )
        text = f'#!/bin/sh\ncase "$*" in\n{cases}  *) echo "Error: not so" >&2; exit 1;;\nesac\n'
        write_program(folder / program, text)
    return folder


def compiled(folder: Path, target: str, config: str = "", data: bool = True) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("print('a')\n")
    (folder / "pipeline.py").write_text(PRELUDE + SOURCE + "Pipeline(ws, [step])\n")
    (folder / "pipelift.toml").write_text(config)
    if data:
        (folder / ".pipelift" / "stores" / "workspaceblobstore" / "raw").mkdir(parents=True)
    output = folder / "build"
    arguments = ["compile", str(folder / "pipeline.py"), "-t", target, "-o", str(output), "--no-verify"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return output


def asked(output: Path, path: Path, *options: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = CliRunner().invoke(main, ["doctor", str(output), "--json", *options], env={"PATH": str(path)})
    found = json.loads(done.stdout)
    return done.exit_code, {one["what"]: one for one in found}


def test_a_host_that_has_everything(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "compose")
    status, found = asked(output, stand_in(tmp_path / "bin", HEALTHY))
    assert status == 0
    assert {what: one["state"] for what, one in found.items()} == {
        "the output folder": "ok",
        "Docker": "ok",
        "images": "ok",
        "GPU": "ok",
        "Docker Compose": "ok",
        "store 'workspaceblobstore'": "ok",
    }


LACKING: dict[str, tuple[Mapping[str, str | None], str, str]] = {
    "docker": ({}, "Docker", "not on the PATH"),
    "an engine": ({"docker compose version": "2.29.0"}, "Docker", "Error: not so"),
    "an image": ({**HEALTHY, "docker image inspect": None}, "images", "1 of 1 are not built"),
    "the GPU runtime": ({**HEALTHY, "docker info": '{"runc": {}}'}, "GPU", "no NVIDIA runtime"),
    "Compose 2": ({**HEALTHY, "docker compose version": "1.29.2"}, "Docker Compose", "too old"),
}


@pytest.mark.parametrize("case", LACKING, ids=str)
def test_what_a_host_lacks_is_named(case: str, tmp_path: Path) -> None:
    answers, what, detail = LACKING[case]
    output = compiled(tmp_path / "p", "compose")
    given = {words: text for words, text in answers.items() if text is not None}
    status, found = asked(output, stand_in(tmp_path / "bin", given))
    assert status == 1
    assert (found[what]["state"], found[what]["code"]) == ("missing", "PL580")
    assert detail in found[what]["detail"]
    assert found[what]["remedy"]


def test_data_secrets_and_files_that_are_not_there(tmp_path: Path) -> None:
    config = '[stores.workspaceblobstore]\nurl = "s3://bucket"\nsecret = "bucket-key"\n'
    output = compiled(tmp_path / "p", "compose", config, data=False)
    (output / "compose.yaml").unlink()
    (output / "REPORT.md").write_text("mine")
    path = stand_in(tmp_path / "bin", HEALTHY)
    status, found = asked(output, path)
    assert status == 1
    assert "'compose.yaml' gone" in found["the output folder"]["detail"]
    assert found["secret 'bucket-key'"]["state"] == "missing"
    assert (
        str(tmp_path / "p" / ".pipelift" / "secrets" / "bucket-key") in found["secret 'bucket-key'"]["remedy"]
    )
    assert found["store 'workspaceblobstore'"]["state"] == "unknown"


def test_an_edited_file_is_the_users_business(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "compose")
    (output / "REPORT.md").write_text("mine")
    status, found = asked(output, stand_in(tmp_path / "bin", HEALTHY))
    assert status == 0
    assert found["the output folder"]["detail"] == "whole; edited since: 'REPORT.md'"


def test_a_folder_with_data_that_is_missing(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "compose", '[stores.workspaceblobstore]\nurl = "data"\n')
    _, found = asked(output, stand_in(tmp_path / "bin", HEALTHY))
    assert found["store 'workspaceblobstore'"]["detail"] == "the folder ../data does not exist"


def test_a_store_that_does_not_answer(tmp_path: Path) -> None:
    config = '[stores.workspaceblobstore]\nurl = "webhdfs://127.0.0.1:9/data"\n'
    output = compiled(tmp_path / "p", "compose", config)
    status, found = asked(output, stand_in(tmp_path / "bin", HEALTHY))
    assert status == 1
    assert "cannot be reached" in found["store 'workspaceblobstore'"]["detail"]


def test_a_cluster_is_asked_through_kubectl(tmp_path: Path) -> None:
    config = '[stores.workspaceblobstore.kubeflow]\nurl = "pvc:image-data"\n'
    output = compiled(tmp_path / "p", "kubeflow", config)
    has = {**CLUSTER, "kubectl --namespace team get pvc image-data": "pvc/image-data"}
    status, found = asked(output, stand_in(tmp_path / "bin", has), "--set", "namespace=team")
    assert status == 0
    assert found["volume claim 'image-data'"]["state"] == "ok"
    assert found["GPU"]["detail"].startswith("the nodes have 4")


def test_a_cluster_that_cannot_be_asked_is_unknown(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "kubeflow")
    status, found = asked(output, stand_in(tmp_path / "bin", {"docker version": "1"}))
    assert status == 0
    assert (found["Kubernetes"]["state"], found["Kubernetes"]["code"]) == ("unknown", "PL581")
    assert "get pvc workspaceblobstore" in found["Kubernetes"]["remedy"]


def test_an_airflow_without_an_address_is_unknown(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "airflow")
    status, found = asked(output, stand_in(tmp_path / "bin", HEALTHY))
    assert status == 0
    assert found["Airflow"]["state"] == "unknown"
    assert "--set url=" in found["Airflow"]["remedy"]


def test_an_airflow_that_does_not_answer_is_missing(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "airflow")
    path = stand_in(tmp_path / "bin", HEALTHY)
    status, found = asked(output, path, "--set", "url=http://127.0.0.1:9")
    assert status == 1
    assert "does not answer" in found["Airflow"]["detail"]


def test_for_people_each_finding_is_a_line_and_a_remedy(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "compose")
    path = stand_in(tmp_path / "bin", {**HEALTHY, "docker compose version": "1.29.2"})
    done = CliRunner().invoke(main, ["doctor", str(output)], env={"PATH": str(path)})
    assert (
        "✗ Docker Compose: version 1.29.2, which is too old [PL580]\n    Install the Compose" in done.stdout
    )


def test_a_foreign_folder_is_wrong_usage(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", str(tmp_path)])
    assert done.exit_code == 2
    assert "no output folder" in done.output


def test_a_damaged_list_of_images_is_told(tmp_path: Path) -> None:
    output = compiled(tmp_path / "p", "compose")
    (output / "images.json").write_text("{")
    status, found = asked(output, stand_in(tmp_path / "bin", HEALTHY))
    assert status == 1
    assert "does not list images" in found["images"]["detail"]


def test_secrets_of_pods_have_the_names_that_kubernetes_takes(tmp_path: Path) -> None:
    config = """
[airflow]
operator = "kubernetes"
[stores.workspaceblobstore]
url = "s3://bucket"
secret = "sql_Server"
"""
    output = compiled(tmp_path / "p", "airflow", config)
    has = {
        **CLUSTER,
        "kubectl --namespace default get pvc pipelift": "pvc/pipelift",
        "kubectl --namespace default get secret sql-server": "secret/sql-server",
    }
    _, found = asked(output, stand_in(tmp_path / "bin", has))
    assert found["secret 'sql-server'"]["state"] == "ok"
