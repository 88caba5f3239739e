"""`pipelift.toml`: what it may say, and what becomes of mistakes in it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from pipelift.backends.airflow.settings import AirflowSettings
from pipelift.backends.kubeflow.settings import KubeflowSettings
from pipelift.backends.local.settings import LocalSettings
from pipelift.compiler.config import Config
from pipelift.compiler.config.file import FILE_NAME, MOST_PROBLEMS, load_config
from pipelift.compiler.config.places import Claim, Database, Folder, Remote, Volume, place
from pipelift.compiler.diagnostics import Diagnostic, Reporter

WHOLE = """\
[stores.blob]
url = "data"
secret = "BLOB_KEY"

[stores.blob.kubeflow]
url = "pvc:claim"

[stores.remote]
url = "abfs://container@account/path"

[compute.gpu-cluster]
vm_size = "STANDARD_NC6"
node_selector = { pool = "gpu" }
tolerations = [{ key = "gpu", effect = "NoSchedule" }]

[environments."AzureML-Tutorial"]
python = "3.8"
packages = ["scikit-learn"]

[images]
registry = "registry.example.org/team"

[reuse]
identity = "content"

[local]
python = "python3"
jobs = 2

[airflow]
version = 3
operator = "kubernetes"
namespace = "ml"

[kubeflow]
namespace = "kubeflow"
"""


def load(
    folder: Path, text: str | bytes | None, *, required: bool = False
) -> tuple[Config, list[Diagnostic]]:
    path = folder / FILE_NAME
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    reporter = Reporter()
    return load_config(path, reporter, required=required), list(reporter)


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    config, found = load(tmp_path, None)
    assert found == []
    assert config == Config(folder=tmp_path)
    assert place(config, "any", "local") == Folder(tmp_path / ".pipelift" / "stores" / "any")
    assert config.settings("airflow", AirflowSettings).operator == "docker"
    assert config.reuse.identity == "definition"


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    _, found = load(tmp_path, None, required=True)
    assert [diagnostic.code for diagnostic in found] == ["PL501"]


def test_every_section_is_read(tmp_path: Path) -> None:
    config, found = load(tmp_path, WHOLE)
    assert found == []
    assert config.stores["blob"].secret == "BLOB_KEY"
    assert config.compute["gpu-cluster"].tolerations[0].effect == "NoSchedule"
    assert config.compute["gpu-cluster"].node_selector == {"pool": "gpu"}
    assert config.environments["AzureML-Tutorial"].packages == ("scikit-learn",)
    assert config.images.registry == "registry.example.org/team"
    assert config.reuse.identity == "content"
    assert config.settings("local", LocalSettings).jobs == 2
    assert config.settings("airflow", AirflowSettings).operator == "kubernetes"
    assert config.settings("kubeflow", KubeflowSettings).namespace == "kubeflow"


def test_a_target_may_have_its_own_url_and_only_folders_are_folders(tmp_path: Path) -> None:
    config, _ = load(tmp_path, WHOLE)
    assert config.store_url("blob", "compose") == "data"
    assert config.store_url("blob", "kubeflow") == "pvc:claim"
    assert place(config, "blob", "compose") == Folder(tmp_path / "data", "data")
    assert place(config, "blob", "kubeflow") == Claim("claim")
    assert isinstance(place(config, "remote", "local"), Remote)
    assert config.store_url("absent", "local") is None


@pytest.mark.parametrize("url", ["/data/x", "~/x", "../x"])
def test_folders_outside_the_project_may_be_named(tmp_path: Path, url: str) -> None:
    config, _ = load(tmp_path, f'[stores.blob]\nurl = "{url}"\n')
    assert place(config, "blob", "local") == Folder(tmp_path / Path(url).expanduser(), url)


def test_a_volume_and_a_database_are_told_from_files(tmp_path: Path) -> None:
    config, _ = load(
        tmp_path,
        '[stores.v]\nurl = "volume:x"\n[stores.d]\nurl = "postgresql+psycopg://u@h/d"\nsecret = "s"\n',
    )
    assert place(config, "v", "compose") == Volume("x")
    assert place(config, "d", "local") == Database("postgresql+psycopg://u@h/d", (), "s")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[stores.blob]\nurll = "data"\n', "stores.blob.urll"),
        (
            '[stores.blob.kubflow]\nurl = "pvc:x"\n',
            "stores.blob.kubflow] extra inputs are not permitted; do you mean 'kubeflow'",
        ),
        ('[stores.blob.targets.kubeflow]\nurl = "pvc:x"\n', "[stores.blob.targets]"),
        ("[store.blob]\n", "[store] is no section; do you mean 'stores'? there are: stores, compute,"),
        ("[argo]\n", "[argo] is no section"),
        ('[airflow]\nurl = "http://there"\n', "[airflow.url] is given when you deploy: --set url="),
        ("airflow = 3\n", "[airflow]"),
        ("[local]\njobs = 0\n", "local.jobs"),
        ('[airflow]\nversion = "three"\n', "airflow.version"),
        ('[reuse]\nidentity = "name"\n', "reuse.identity"),
        ("[stores\n", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("stores = 3\n", "[stores]"),
    ],
)
def test_a_mistake_is_a_diagnostic_with_its_place(tmp_path: Path, text: str | bytes, said: str) -> None:
    config, found = load(tmp_path, text)
    assert config == Config(folder=tmp_path)
    assert [diagnostic.code for diagnostic in found] == ["PL501"]
    assert said in found[0].message
    assert found[0].span is not None and found[0].span.file == FILE_NAME


def test_every_mistake_is_named_in_one_run(tmp_path: Path) -> None:
    _, found = load(tmp_path, "[local]\njobs = 0\nslots = 1\n[kubeflow]\nhosts = 1\n")
    assert len(found) == 3


def test_the_configuration_does_not_change(tmp_path: Path) -> None:
    config, _ = load(tmp_path, WHOLE)
    with pytest.raises(FrozenInstanceError):
        config.reuse.identity = "definition"  # type: ignore[misc]


def test_of_a_file_of_nothing_but_mistakes_the_first_are_told(tmp_path: Path) -> None:
    text = "".join(f"k{number}.a.b = 1\n" for number in range(20_000))
    _, found = load(tmp_path, text)
    assert len(found) == MOST_PROBLEMS + 1
    assert "more mistakes" in found[-1].message
