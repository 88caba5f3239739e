"""`Model`: the registry in the state folder, ``models/<name>/<version>/``."""

import os
import time
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Union, cast

from azureml import _context
from azureml._runtime import files, records
from azureml._runtime.contract import paths, untrusted
from azureml._runtime.contract.typed import TypedDict
from azureml._uncovered import Covered
from azureml.core._tags import Asked, has_tags
from azureml.exceptions import ModelNotFoundException, UserErrorException

if TYPE_CHECKING:
    from azureml.core.run import Run

_CARD = "model.json"
_FIELDS = frozenset(
    "name version tags properties description run_id model_framework model_framework_version created_time".split()
)
_FORMS = {"name": str, "tags": dict, "properties": dict, "created_time": str}
"""Of which types a card's fields are, where something depends on it."""
_SCRIPT_FIELDS = ("name", "tags", "properties", "description", "model_framework", "model_framework_version")
"""What the script says of a model."""


class Card(TypedDict):
    """What is written down of a version of a model, and the `folder` of the version."""

    name: str
    version: int
    tags: Dict[str, Any]
    properties: Dict[str, Any]
    description: Optional[str]
    run_id: Optional[str]
    model_framework: Optional[str]
    model_framework_version: Optional[str]
    created_time: str
    folder: str


class Model(Covered):
    """``Model(workspace, name)`` is the latest version of that name that has the tags asked for."""

    def __init__(
        self,
        workspace: Any,
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Asked = None,
        properties: Asked = None,
        version: Optional[int] = None,
        run_id: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        if id is not None:
            name, _, wanted = id.rpartition(":")
            version = int(wanted)
        asked = {"tags": tags, "properties": properties, "version": version, "run_id": run_id}
        cards = [card for card in _cards(name) if _matches(card, asked)]
        if not cards:
            called = "'{}'".format(name) + (" version {}".format(version) if version is not None else "")
            raise ModelNotFoundException("ModelNotFound: there is no model {} that answers".format(called))
        self._fill(workspace, cards[-1])

    def _fill(self, workspace: Any, card: Card) -> "Model":
        self.workspace = workspace
        self._folder = card["folder"]
        self.name = card["name"]
        self.version = card["version"]
        self.tags = card["tags"]
        self.properties = card["properties"]
        self.description = card["description"]
        self.run_id = card["run_id"]
        self.created_time = card["created_time"]
        self.model_framework = card["model_framework"]
        self.model_framework_version = card["model_framework_version"]
        self.id = "{}:{}".format(self.name, self.version)
        self.path = self.url = self._files()
        return self

    def _files(self) -> str:
        """The registered file or folder itself."""
        folder = os.path.join(self._folder, "files")
        (name,) = os.listdir(folder)
        return os.path.join(folder, name)

    @property
    def run(self) -> Optional["Run"]:
        from azureml.core.run import Run

        return Run(None, self.run_id) if self.run_id else None

    @staticmethod
    def register(
        workspace: Any,
        model_path: str,
        model_name: str,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        description: Optional[str] = None,
        **kwargs: Any,
    ) -> "Model":
        framework = {key: kwargs.get(key) for key in ("model_framework", "model_framework_version")}
        context = _context.require("Model.register")
        return Model._register(
            model_path,
            model_name,
            tags,
            properties,
            description=description,
            run_id=context.place.id,
            **framework,
        )

    @staticmethod
    def _register(
        path: str,
        name: str,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        **more: Any,
    ) -> "Model":
        context = _context.require("Model.register")
        if not os.path.exists(path):
            raise UserErrorException("cannot register model '{}': there is no {}".format(name, path))
        if not context.kept:
            _context.warn(
                "model '{}' lives only as long as this step: the engine keeps no registry".format(name)
            )
        source = os.path.abspath(path)
        entries = _context.files_of(source, "register")
        folder, version = _new_version(name)
        target = os.path.join(folder, "files", os.path.basename(source))
        if os.path.isdir(source):
            os.makedirs(target)
        for relative, full in entries:
            files.copy(full, os.path.join(target, *relative.split("/")) if os.path.isdir(source) else target)
        card = {
            "name": name,
            "version": version,
            "tags": {key: str(value) for key, value in (tags or {}).items()},
            "properties": {key: str(value) for key, value in (properties or {}).items()},
            "description": more.get("description"),
            "run_id": more.get("run_id"),
            "model_framework": more.get("model_framework"),
            "model_framework_version": more.get("model_framework_version"),
            "created_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        # The card comes last: a version without one is not there.
        card = _write_card(folder, card)
        return Model.__new__(Model)._fill(None, cast(Card, dict(card, folder=folder)))

    @staticmethod
    def list(
        workspace: Any,
        name: Optional[str] = None,
        tags: Asked = None,
        properties: Asked = None,
        run_id: Optional[str] = None,
        latest: bool = False,
        **kwargs: Any,
    ) -> "List[Model]":
        """The models that answer, the newest first."""
        asked = {"tags": tags, "properties": properties, "version": None, "run_id": run_id}
        names = (
            [name] if name else records.registered_names(_context.require("Model.list").state, paths.MODELS)
        )
        matches = []
        for each in names:
            cards = [card for card in _cards(each) if _matches(card, asked)]
            matches += cards[-1:] if latest else cards
        matches.sort(key=lambda card: (card["created_time"], card["version"]), reverse=True)
        return [Model.__new__(Model)._fill(workspace, card) for card in matches]

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Any = None) -> str:
        return Model(_workspace, model_name, version=version).path

    def download(
        self, target_dir: str = ".", exist_ok: bool = False, exists_ok: Optional[bool] = None
    ) -> str:
        """Copy the model into a folder; returns the path of the copy."""
        target = os.path.join(target_dir, os.path.basename(self.path))
        if os.path.exists(target) and not (exist_ok or exists_ok):
            raise UserErrorException("'{}' exists already; say exist_ok=True".format(target))
        files.copy(self.path, os.path.abspath(target))
        return target

    def _save(self) -> None:
        card = untrusted.read_json(os.path.join(self._folder, _CARD)) or {}
        changes = {"tags": self.tags, "properties": self.properties, "description": self.description}
        _write_card(self._folder, dict(card, **changes))

    def update(
        self, tags: Optional[Dict[str, Any]] = None, description: Optional[str] = None, **kwargs: Any
    ) -> None:
        if tags is not None:
            self.tags = {key: str(value) for key, value in tags.items()}
        self.description = self.description if description is None else description
        self._save()

    def add_tags(self, tags: Mapping[str, object]) -> None:
        self.tags = dict(self.tags, **{key: str(value) for key, value in tags.items()})
        self._save()

    def remove_tags(self, tags: Iterable[str]) -> None:
        self.tags = {key: value for key, value in self.tags.items() if key not in tags}
        self._save()

    def add_properties(self, properties: Mapping[str, object]) -> None:
        self.properties = dict(self.properties, **{key: str(value) for key, value in properties.items()})
        self._save()

    def delete(self) -> None:
        files.remove(self._folder)

    def __repr__(self) -> str:
        return "Model(name={}, id={}, version={})".format(self.name, self.id, self.version)


def _write_card(folder: str, card: Mapping[str, Any]) -> Dict[str, Any]:
    """Write the card of a version; returns it as it was written, without secrets."""
    masked = {field: _context.mask_data(card.get(field)) for field in _SCRIPT_FIELDS}
    files.write_json(os.path.join(folder, _CARD), dict(card, **masked))
    return dict(card, **masked)


def _model_folder(name: str) -> str:
    masked = _context.mask_data(name)
    return os.path.join(_context.require("Model").state, paths.MODELS, paths.file_name(masked))


def _cards(name: Optional[str]) -> Iterator[Card]:
    """The versions of a model, the oldest first."""
    folder = _model_folder(name or "")
    versions = (
        sorted(int(entry) for entry in os.listdir(folder) if entry.isdigit()) if os.path.isdir(folder) else []
    )
    for version in versions:
        place = os.path.join(folder, str(version))
        card = untrusted.read_json(os.path.join(place, _CARD)) or {}
        # Any step can write cards: one without the form that `_register` gives it is none.
        if _FIELDS <= set(card) and all(isinstance(card[field], kind) for field, kind in _FORMS.items()):
            yield cast(Card, dict(card, version=version, folder=place))


def _matches(card: Card, asked: Dict[str, Any]) -> bool:
    tags, properties = (_as_tags(asked[key]) for key in ("tags", "properties"))
    return (
        (asked["version"] is None or card["version"] == int(asked["version"]))
        and (asked["run_id"] is None or card["run_id"] == asked["run_id"])
        and all(has_tags(card["tags"], tag) for tag in tags)
        and all(has_tags(card["properties"], item) for item in properties)
    )


def _as_tags(asked: Asked) -> List[Union[str, Dict[str, Any]]]:
    """Tags are asked for as a dict, a name, or a list of names and [name, value] pairs."""
    if not asked:
        return []
    if isinstance(asked, (dict, str)):
        return [asked]
    return [item if isinstance(item, str) else {item[0]: item[1]} for item in asked]


def _new_version(name: str) -> Tuple[str, int]:
    version = 1 + max((card["version"] for card in _cards(name)), default=0)
    while True:
        folder = os.path.join(_model_folder(name), str(version))
        try:
            os.makedirs(folder)
            return folder, version
        except FileExistsError:
            version += 1
