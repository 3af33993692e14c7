"""A table that scikit-learn brings along."""

from dataclasses import dataclass
from importlib import import_module

from pipeline.config.sources import Bundled
from pipeline.connectors.delivery import Delivery


@dataclass(frozen=True)
class SklearnTable:
    """One of scikit-learn's own tables, as CSV; classes by their names."""

    source: Bundled

    def fetch(self, etag: str = "") -> Delivery | None:
        """Write the table; it is named by scikit-learn's version, which never changes it."""
        # By name: who ingests a file must not wait for scikit-learn.
        sklearn = import_module("sklearn")
        version = f"scikit-learn {sklearn.__version__}"
        if etag == version:
            return None
        load = getattr(import_module("sklearn.datasets"), f"load_{self.source.dataset}")
        bunch = load(as_frame=True)
        frame = bunch.frame
        if len(bunch.get("target_names", ())):
            frame = frame.assign(target=[str(bunch.target_names[code]) for code in bunch.target])
        content: str = frame.to_csv(index=False, lineterminator="\n")
        return Delivery(f"{self.source.dataset}.csv", "", content.encode(), version)
