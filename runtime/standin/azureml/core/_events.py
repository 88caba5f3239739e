"""What a script says of its run beside metrics: tags, properties and how it ends, a line each in events.jsonl."""

from typing import Any, Dict, Iterable, Mapping, Union

from azureml import _context
from azureml._runtime.contract import paths
from azureml.core._run_folders import RunFolders


class Events(RunFolders):
    """What `Run` has to be tagged with."""

    def _append_event(self, **event: Any) -> None:
        self._append(paths.EVENTS_FILE, event)

    def _append_named_event(self, kind: str, name: str, value: Any) -> None:
        self._append_event(kind=kind, name=_context.mask_data(str(name)), value=_context.mask_data(value))

    @property
    def tags(self) -> Dict[str, Any]:
        return self._collect("tag")

    def get_tags(self) -> Dict[str, Any]:
        return self.tags

    @property
    def properties(self) -> Dict[str, Any]:
        return self._collect("property")

    def get_properties(self) -> Dict[str, Any]:
        return self.properties

    def _collect(self, kind: str) -> Dict[str, Any]:
        values: Dict[str, Any] = {}
        for event in self._rows(paths.EVENTS_FILE):
            name = event.get("name")
            if not isinstance(name, str):
                continue  # no line of ours
            if event.get("kind") == kind:
                values[name] = event.get("value")
            elif event.get("kind") == "un" + kind:
                values.pop(name, None)
        return values

    def tag(self, key: str, value: Any = None) -> None:
        self._append_named_event("tag", key, None if value is None else str(value))

    def set_tags(self, tags: Mapping[str, object]) -> None:
        for key, value in tags.items():
            self.tag(key, value)

    def remove_tags(self, tags: Union[str, Iterable[str]]) -> None:
        for key in [tags] if isinstance(tags, str) else tags:
            self._append_event(kind="untag", name=_context.mask_data(key))

    def add_properties(self, properties: Mapping[str, object]) -> None:
        for key, value in properties.items():
            self._append_named_event("property", key, str(value))
