"""`TabularDataset`: rows from files, read when they are asked for."""

import os

from azureml.data import _reading
from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.file_dataset import FileDataset


class TabularDataset(AbstractDataset):
    """Operations on rows are kept, and done to the frame when it is read."""

    _steps = ()

    def to_pandas_dataframe(self, on_error="null", out_of_range_datetime="null"):
        frame = _reading.read(self._entries, self._table)
        for step in self._steps:
            frame = step(frame)
        return frame

    def _then(self, step):
        return self._with(_steps=(*self._steps, step), _places=[])

    def take(self, count):
        return self._then(lambda frame: frame.head(count).reset_index(drop=True))

    def skip(self, count):
        return self._then(lambda frame: frame.iloc[count:].reset_index(drop=True))

    def keep_columns(self, columns, validate=False):
        names = [columns] if isinstance(columns, str) else list(columns)
        return self._then(lambda frame: frame[names])

    def drop_columns(self, columns):
        names = [columns] if isinstance(columns, str) else list(columns)
        return self._then(lambda frame: frame.drop(columns=names))

    def take_sample(self, probability, seed=None):
        return self._then(
            lambda frame: (
                frame.sample(frac=probability, random_state=_seed(seed)).sort_index().reset_index(drop=True)
            )
        )

    def random_split(self, percentage, seed=None):
        """Two datasets, of about `percentage` and of the rest. The service would choose other rows."""
        chosen = _seed(seed)

        def part(first):
            def split(frame):
                picked = frame.sample(frac=percentage, random_state=chosen).index
                rows = frame.index.isin(picked)
                return frame[rows if first else ~rows].reset_index(drop=True)

            return split

        return self._then(part(True)), self._then(part(False))

    def with_timestamp_columns(self, timestamp=None, partition_timestamp=None, validate=False, **kwargs):
        return self

    def to_csv_files(self, separator=","):
        """The rows as a file dataset of one file, in the working directory's ``outputs``."""
        os.makedirs("outputs", exist_ok=True)
        path = os.path.abspath(os.path.join("outputs", "{}.csv".format(self.name or "table")))
        self.to_pandas_dataframe().to_csv(path, sep=separator, index=False)
        return FileDataset([(os.path.basename(path), path)])


def _seed(seed):
    """Without a seed both halves of a split must still agree."""
    return int.from_bytes(os.urandom(4), "big") if seed is None else seed
