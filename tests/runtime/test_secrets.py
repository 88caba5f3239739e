"""Secrets of the launcher: where they are found, their forms, and that their values stay out of every text."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipelift.compiler import ir
from pipelift.runtime import clients, errors
from pipelift.runtime.contract.secrets import variable
from pipelift.runtime.errors import LauncherError
from pipelift.runtime.places import Place
from pipelift.runtime.secrets import Secrets
from tests.support.runtime_world import World

CONNECTION = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0a2V5==;"
SAS = "?sv=2024&sp=rl&sig=abc%2Fdef"


def credentials(url: str, text: str) -> dict[str, object]:
    return clients.credentials(Place(url, {}, "my.login"), Secrets(None, {"PIPELIFT_SECRET_MY_LOGIN": text}))


@pytest.mark.parametrize(
    ("url", "text", "expected"),
    [
        ("abfs://c@a.dfs.core.windows.net", "a2V5PT0=", {"account_key": "a2V5PT0="}),
        ("abfss://c", CONNECTION, {"connection_string": CONNECTION}),
        ("az://c", SAS, {"sas_token": SAS}),
        ("abfs://c", f"connection_string={CONNECTION}", {"connection_string": CONNECTION}),
        ("abfs://c", f"AZURE_STORAGE_KEY='{SAS}'\n", {"account_key": SAS}),
        ("abfs://c", "client_id=c\nclient_secret=s\n", {"client_id": "c", "client_secret": "s"}),
        ("azfile://s@a", SAS, {"sas_token": SAS}),
        ("s3://b", "# ours\nexport AWS_ACCESS_KEY_ID=i\nsecret=\"k=\"\n", {"key": "i", "secret": "k="}),
        ("gs://b", '{"type": "service_account"}', {"token": {"type": "service_account"}}),
        ("gs://b", "anon", {"token": "anon"}),
        ("dbfs://", "dapi123", {"token": "dapi123"}),
        ("postgresql://u@h/d", "pass=word", {"password": "pass=word"}),
        ("mysql+pymysql://h/d", "user=u\npassword=p\n", {"user": "u", "password": "p"}),
        ("mssql://h/d", "PASSWORD=p", {"password": "p"}),
    ],
)  # fmt: skip
def test_forms(url: str, text: str, expected: dict[str, object]) -> None:
    assert credentials(url, text) == expected


@pytest.mark.parametrize(("url", "text"), [("s3://b", "only-one-value"), ("gs://b", "{no json")])
def test_forms_that_are_none(url: str, text: str) -> None:
    with pytest.raises(LauncherError, match=r"the secret 'my\.login'") as caught:
        credentials(url, text)
    assert text not in str(caught.value)


def test_a_folder_with_a_file_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "login"
    (folder / "..data").mkdir(parents=True)
    (folder / "key").write_text("i\n")
    (folder / "secret").write_text("k\n")
    assert clients.credentials(Place("s3://b", {}, "login"), Secrets(str(tmp_path))) == {
        "key": "i",
        "secret": "k",
    }
    (tmp_path / "sole").mkdir()
    (tmp_path / "sole" / "value").write_text("a2V5\n")
    assert clients.credentials(Place("abfs://c", {}, "sole"), Secrets(str(tmp_path))) == {
        "account_key": "a2V5"
    }


def test_the_variable_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("of the file")
    assert (
        Secrets(str(tmp_path), {variable("login"): "of the variable"}).text("login", "X") == "of the variable"
    )
    assert Secrets(str(tmp_path), {}).text("login", "X") == "of the file"
    assert variable("my.login-2") == "PIPELIFT_SECRET_MY_LOGIN_2"


def test_a_missing_secret_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match="PIPELIFT_SECRET_LOGIN") as caught:
        Secrets(str(tmp_path)).text("login", "X")
    assert str(tmp_path / "login") in str(caught.value)
    assert caught.value.status == errors.UNAVAILABLE


def test_client_errors_lose_credentials() -> None:
    secrets = Secrets(None, {"PIPELIFT_SECRET_LOGIN": CONNECTION})
    place = Place("abfs://c/p", {}, "login")
    clients.credentials(place, secrets)
    said = f"403 for https://a/c?{SAS} with {CONNECTION} and c2VjcmV0a2V5== sig=zzz\nRequestId: 1"
    text = str(clients.failure("blobs", place, "in", PermissionError(said), secrets))
    for canary in ("c2VjcmV0a2V5", "abc%2Fdef", "zzz", "RequestId"):
        assert canary not in text
    assert "[stores.blobs] secret" in text


def test_a_script_gets_its_secret_and_no_log_does(tmp_path: Path) -> None:
    world = World(tmp_path)
    secrets = Secrets(str(tmp_path), {variable("api"): "canary-of-api", variable("store"): "canary-of-store"})
    world.step(
        """
        import os, sys
        token = os.environ["TOKEN"]
        print(len(token), [name for name in os.environ if name.startswith("PIPELIFT_SECRET_")])
        print("it is", token)
        sys.stdout.write(token[:6])
        sys.stdout.flush()
        sys.stdout.write(token[6:])
        """,
        secrets=(ir.model.SecretVariable(name="TOKEN", secret="api"),),
    )
    result = world.run(secrets=secrets, python=sys.executable)
    assert result.status == "completed", result.reason
    assert world.lines == ["13 []", "it is ***", "***"]
    kept = [path.read_text(errors="replace") for path in world.state.rglob("*") if path.is_file()]
    assert kept
    assert not any("canary" in text for text in kept)


def test_a_step_without_its_secret_does_not_start(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step("print('ran')", secrets=(ir.model.SecretVariable(name="TOKEN", secret="api"),))
    result = world.run(secrets=Secrets(str(tmp_path / "none"), {}))
    assert (result.status, result.exit_code, world.lines) == ("failed", errors.UNAVAILABLE, [])
    assert "PIPELIFT_SECRET_API" in result.reason
