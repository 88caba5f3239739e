"""`TabularDataset`: rows from files, read when they are asked for."""

import datetime
import os
from typing import Any, Callable, Optional, Sequence, Tuple, Union

from azureml.data import _reading, _rows
from azureml.data._rows import Frame
from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.file_dataset import FileDataset
from azureml.exceptions import UserErrorException

Step = Callable[[Frame], Frame]


class TabularDataset(AbstractDataset):
    """Operations on rows are kept, and done to the frame when it is read."""

    _steps: Tuple[Step, ...] = ()
    _timestamp: Optional[str] = None

    def to_pandas_dataframe(self, on_error: str = "null", out_of_range_datetime: str = "null") -> Frame:
        frame = _reading.read(self._entries, self._table or {})
        for step in self._steps:
            frame = step(frame)
        return frame

    def _then(self, step: Step) -> "TabularDataset":
        return self._with(_steps=(*self._steps, step), _places=[])

    def take(self, count: int) -> "TabularDataset":
        return self._then(lambda frame: frame.head(count).reset_index(drop=True))

    def skip(self, count: int) -> "TabularDataset":
        return self._then(lambda frame: frame.iloc[count:].reset_index(drop=True))

    def keep_columns(self, columns: Union[str, Sequence[str]], validate: bool = False) -> "TabularDataset":
        names = [columns] if isinstance(columns, str) else list(columns)
        return self._then(lambda frame: frame[names])

    def drop_columns(self, columns: Union[str, Sequence[str]]) -> "TabularDataset":
        names = [columns] if isinstance(columns, str) else list(columns)
        return self._then(lambda frame: frame.drop(columns=names))

    def take_sample(self, probability: float, seed: Optional[int] = None) -> "TabularDataset":
        return self._then(
            lambda frame: (
                frame.sample(frac=probability, random_state=_seed(seed)).sort_index().reset_index(drop=True)
            )
        )

    def random_split(
        self, percentage: float, seed: Optional[int] = None
    ) -> Tuple["TabularDataset", "TabularDataset"]:
        """Two datasets, of about `percentage` and of the rest. The service would choose other rows."""
        chosen = _seed(seed)

        def part(first: bool) -> Step:
            def split(frame: Frame) -> Frame:
                picked = frame.sample(frac=percentage, random_state=chosen).index
                rows = frame.index.isin(picked)
                return frame[rows if first else ~rows].reset_index(drop=True)

            return split

        return self._then(part(True)), self._then(part(False))

    def with_timestamp_columns(
        self,
        timestamp: Optional[str] = None,
        partition_timestamp: Optional[str] = None,
        validate: bool = False,
        **kwargs: Any,
    ) -> "TabularDataset":
        """The column that the operations on times look at."""
        return self._with(_timestamp=timestamp or partition_timestamp)

    def time_after(
        self, start_time: datetime.datetime, include_boundary: bool = True, validate: bool = True
    ) -> "TabularDataset":
        return self._within(start_time, None, include_boundary)

    def time_before(
        self, end_time: datetime.datetime, include_boundary: bool = True, validate: bool = True
    ) -> "TabularDataset":
        return self._within(None, end_time, include_boundary)

    def time_between(
        self,
        start_time: datetime.datetime,
        end_time: datetime.datetime,
        include_boundary: bool = True,
        validate: bool = True,
    ) -> "TabularDataset":
        return self._within(start_time, end_time, include_boundary)

    def time_recent(
        self, time_delta: datetime.timedelta, include_boundary: bool = True, validate: bool = True
    ) -> "TabularDataset":
        return self._within(datetime.datetime.now() - time_delta, None, include_boundary)

    def _within(
        self, start: Optional[datetime.datetime], end: Optional[datetime.datetime], inclusive: bool
    ) -> "TabularDataset":
        if self._timestamp is None:
            raise UserErrorException(
                "say with_timestamp_columns(timestamp=…) first: which column has the times"
            )
        operation = {
            "kind": "time_range",
            "columns": [self._timestamp],
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "inclusive": inclusive,
        }
        return self._then(lambda frame: _rows.apply_operations(frame, [operation], _reading.pandas()))

    def to_csv_files(self, separator: str = ",") -> FileDataset:
        """The rows as a file dataset of one file, in the working directory's ``outputs``."""
        os.makedirs("outputs", exist_ok=True)
        path = os.path.abspath(os.path.join("outputs", "{}.csv".format(self.name or "table")))
        self.to_pandas_dataframe().to_csv(path, sep=separator, index=False)
        return FileDataset([(os.path.basename(path), path)])


def _seed(seed: Optional[int]) -> int:
    """Without a seed both halves of a split must still agree."""
    return int.from_bytes(os.urandom(4), "big") if seed is None else seed
