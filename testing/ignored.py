"""The fields of the IR that no target has to notice, each with the reason; the rest is for a target to keep or tell."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipelift.compiler.keeps import Keeps
from pipelift.compiler.passes.losses import FEATURES

_PLACE = "where it stands in the source: for messages"
_PEOPLE = "for people, who find it in pipeline.ir.json"
_SIZES = "a name for a size that the other fields of Resources say in numbers"
_BYTES = "the files themselves travel, and Snapshot.digest stands for them"
_DATA = "a run changes it through the Parameter of the same name, or not at all"
_PUBLISHED = "an address of the workspace; on a target runs start as the target has it"

_REASONS: Mapping[str, tuple[str, ...]] = {
    _PLACE: (
        *(
            "Schedule.span",
            "Publication.span",
            "Parameter.span",
            "DataParameter.span",
            "Store.span",
            "Dataset.span",
        ),
        *("Environment.span", "Snapshot.span", "Input.span", "Output.span", "Resources.span", "Step.span"),
        "Pipeline.span",
    ),
    _PEOPLE: (
        *("Pipeline.description", "Pipeline.source", "Schedule.description", "Step.origin", "Step.label"),
        *("Environment.name", "Environment.version", "Snapshot.directory", "Pipeline.tags"),
        *("Recurrence.zone_name", "Store.address"),
    ),
    _SIZES: ("Resources.compute", "Resources.size", "Resources.gpu_model"),
    _BYTES: ("SnapshotFile.path", "SnapshotFile.sha256", "SnapshotFile.size"),
    _DATA: (
        *("DataParameter.name", "DataParameter.kind", "DataParameter.store", "DataParameter.path"),
        *("DataParameter.dataset", "DataParameter.table"),
    ),
    _PUBLISHED: (
        *("Publication.name", "Publication.version", "Publication.description", "Publication.endpoint"),
        "Publication.default",
    ),
    "packages come from the package index (PL401), which has no channels": ("Environment.channels",),
}

IGNORED: Mapping[str, str] = MappingProxyType(
    {field: reason for reason, fields in _REASONS.items() for field in fields}
)

_POLLING = ("Polling.store", "Polling.path", "Polling.interval", "Polling.parameter")
_CLOCK = (
    *("Recurrence.frequency", "Recurrence.interval", "Recurrence.start", "Recurrence.time_zone"),
    *("Recurrence.hours", "Recurrence.minutes", "Recurrence.week_days"),
)
_SCHEDULE = (
    *("Schedule.id", "Schedule.name", "Schedule.experiment", "Schedule.enabled"),
    *("ParameterSetting.name", "ParameterSetting.value"),
)
_OF_FEATURES: Mapping[str, tuple[str, ...]] = {
    "polling": _POLLING,
    "recurrences": _CLOCK,
    "registrations": ("Registration.name", "Registration.description"),
    "sizes": ("Resources.cpus", "Resources.memory"),
    "shared_memory": ("Resources.shm_size",),
    "experiments": ("Pipeline.experiment",),
}


def fields_told_with_others(keeps: Keeps) -> frozenset[str]:
    """The fields of what is dropped as a whole, which one diagnostic tells: nobody asks when a schedule fires that does
    not exist."""
    return _fields_of({name for name, feature in FEATURES.items() if feature.kept(keeps).fit == "dropped"})


def fields_without_meaning(keeps: Keeps) -> frozenset[str]:
    """The fields of what has no meaning on the target, as a schedule on one whose runs somebody starts."""
    return _fields_of(
        {name for name, feature in FEATURES.items() if feature.kept(keeps).fit == "unconcerned"}
    )


def _fields_of(features: set[str]) -> frozenset[str]:
    fields = (field for feature, names in _OF_FEATURES.items() if feature in features for field in names)
    schedules = _SCHEDULE if {"polling", "recurrences"} <= features else ()
    return frozenset((*fields, *schedules))
