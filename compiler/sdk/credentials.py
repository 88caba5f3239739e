"""Credentials that a program passes to the SDK: reported if the source contains them, removed from all output."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from pipelift.compiler.evaluate.values import BoundMethod, Call, Model, Modelled, ModelledClass, Value
from pipelift.compiler.secrets.secrecy import find_credentials
from pipelift.runtime.contract.secrets import names_credential

PARAMETERS = frozenset(
    {
        "access_token",
        "account_key",
        "admin_user_password",
        "application_key",
        "arm_access_token",
        "azureml_access_token",
        "client_secret",
        "connection_string",
        "kerberos_keytab",
        "kerberos_password",
        "kusto_connection_string",
        "password",
        "private_key_passphrase",
        "sas_token",
        "secrets_batch",
        "service_principal_password",
        "storage_account_key",
        "user_password",
    }
)
"""The SDK's parameters and attributes that take a credential (`azureml-sdk-v1.md` §2)."""

_POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "azureml.core.compute.DatabricksCompute.attach": ("workspace", "name", "resource_id", "access_token"),
    "azureml.core.compute.DatabricksCompute.attach_configuration": (
        "resource_group",
        "workspace_name",
        "resource_id",
        "access_token",
    ),
    "azureml.core.compute.KustoCompute.attach_configuration": (
        "resource_group",
        "workspace_name",
        "resource_id",
        "tenant_id",
        "kusto_connection_string",
        "application_id",
        "application_key",
    ),
    **{
        f"azureml.core.compute.{name}.attach": (
            "workspace",
            "name",
            "username",
            "address",
            "ssh_port",
            "password",
            "private_key_file",
            "private_key_passphrase",
        )
        for name in ("DsvmCompute", "HDInsightCompute", "RemoteCompute")
    },
    **{
        f"azureml.core.compute.{name}.attach_configuration": (
            "username",
            "subscription_id",
            "resource_group",
            "cluster_name",
            "resource_id",
            "address",
            "ssh_port",
            "password",
            "private_key_file",
            "private_key_passphrase",
        )
        for name in ("DsvmCompute", "HDInsightCompute", "RemoteCompute")
    },
}
"""The order of parameters, for models that take ``*args``."""


def watch(call: Call, callee: Value, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """Search the arguments of a call of the SDK, or of something unknown, for credentials."""
    credentials = {name: value for name, value in kwargs.items() if name in PARAMETERS}
    if args:
        credentials.update(_name_credentials(callee, args))
    for name, value in credentials.items():
        note_credential(call, name, value)
    named = [
        texts
        for value in (*args, *kwargs.values())
        if isinstance(value, dict)
        for texts in find_variable_secrets(value)
    ]
    if named:
        call.record.secrets.update(named)


def note_credential(call: Call, name: str, value: Value) -> None:
    """Mask a credential in all output, and report it if the source contains it.

    Values that come from pipelift's caller, as environment variables or arguments, are not in the source.
    """
    for text in list_texts(value):
        if text and not _is_external(call, text):
            message = f"'{name}' is written into the source; pipelift does not carry it"
            call.reporter.report("PL204", message, call.span)
        call.record.secrets.add(text)
        call.record.secrets.update(find_credentials(text))


def _is_external(call: Call, text: str) -> bool:
    """Whether a text, or a longer one that contains it, comes from outside the source."""
    outside = (*call.outside.environment.values(), *call.outside.arguments, *call.record.secrets.given)
    return any(text in source for source in outside)


def note_address(call: Call, address: str) -> None:
    """Mask the credentials in an address (a signature, a password) in all output, and report them."""
    for text in find_credentials(address):
        if not _is_external(call, text):
            message = (
                "the address holds a credential, which is written into the source; pipelift does not carry it"
            )
            call.reporter.report("PL204", message, call.span)
        call.record.secrets.add(text)


def list_texts(value: Value) -> Iterator[str]:
    """The texts in a credential's value: itself, a mapping's values, the parts of a text put together."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        for item in value.values():
            yield from list_texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from list_texts(item)


def find_variable_secrets(names: Mapping[str, Value]) -> Iterator[str]:
    """The values of variables that are credentials by their names."""
    for name, value in names.items():
        if isinstance(name, str) and isinstance(value, str) and names_credential(name):
            yield value


def find_option_secrets(arguments: Sequence[str]) -> Iterator[str]:
    """The values of command-line options that are credentials by their names: ``--password X``, ``--password=X``."""
    for index, argument in enumerate(arguments):
        name, separator, value = argument.partition("=")
        if not name.startswith("-") or not names_credential(name):
            continue
        if separator:
            yield value
        elif index + 1 < len(arguments):
            yield arguments[index + 1]


def _name_credentials(callee: Value, args: Sequence[Value]) -> dict[str, Value]:
    name, function, skip = _describe_callee(callee)
    if function is None:
        return {}
    order = _POSITIONAL.get(name) or _list_parameters(function, skip)
    pairs = zip(order, args, strict=False)
    return {parameter: value for parameter, value in pairs if parameter in PARAMETERS}


def _describe_callee(callee: Value) -> tuple[str, Callable[..., Value] | None, int]:
    """A callee's name and function, and how many of the function's first parameters are not the program's."""
    if isinstance(callee, ModelledClass):
        return callee.name, callee.cls, 1
    if isinstance(callee, BoundMethod) and isinstance(callee.function, Model):
        bound = isinstance(callee.receiver, Modelled)
        return callee.function.name, callee.function.function, 2 if bound else 1
    if isinstance(callee, Model) and callee.name.startswith("azureml."):
        return callee.name, callee.function, 1
    return "", None, 0


@lru_cache(maxsize=4096)
def _list_parameters(function: Callable[..., Value], skip: int) -> tuple[str, ...]:
    try:
        names = tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
    return names[skip:]
