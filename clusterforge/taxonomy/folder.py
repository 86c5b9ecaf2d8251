"""The folder of a taxonomy: generations are prepared aside, and one rename takes them up.

What ``taxonomy.json`` does not name is no part of the taxonomy. A process that is killed before it replaced
that file leaves the taxonomy as it was; the next one removes what it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from clusterforge.contracts import FloatArray, IntArray, State
from clusterforge.errors import ClusterforgeError, InputError, unwritable
from clusterforge.runs.files import LOCK, TAXONOMY
from clusterforge.runs.lock import locked
from clusterforge.runs.manifest import check_folder
from clusterforge.runs.records import damaged
from clusterforge.storage.atomic import sha256, sync_folder, write_array, write_text
from clusterforge.storage.states import ARRAYS, META, read_state, write_state
from clusterforge.storage.tree import check_tree, none_empty, remove
from clusterforge.taxonomy.labelling import Centres
from clusterforge.taxonomy.records import Generation, GenerationFile, Taxonomy
from clusterforge.taxonomy.rows import Snapshot, merged, write_rows

RECORD, GENERATIONS = TAXONOMY, "generations"
GENERATION, ROWS, PAGE, CLUSTERER = "generation.json", "rows.parquet", "taxonomy.html", "clusterer"
HTML = ".html"
POINTS, EMBEDDING, IDS = "sample.npy", "sample.embedding.npy", "sample.ids.npy"
CENTRES, PARTS = "centres", "parts"


class TaxonomyFolder:
    """A taxonomy on disk.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"TaxonomyFolder({str(self.path)!r})"

    @property
    def exists(self) -> bool:
        """Whether there is a taxonomy."""
        return (self.path / RECORD).is_file()

    def read(self) -> Taxonomy:
        """Return the taxonomy.

        Raises
        ------
        InputError
            Where there is none, it is damaged, or something in its folder is not its own.
        """
        if not self.exists:
            check_folder(self.path)
            raise InputError(
                "holds no taxonomy", file=str(self.path), remedy="name the folder of one, or a run"
            )
        check_tree(self.path)
        return Taxonomy.read(self.path / RECORD)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out, and remove what an interrupted one left.

        Folders that are made for a taxonomy that is then refused or interrupted go, too.

        Raises
        ------
        InputError
            Where the folder holds something else.
        EnvironmentProblem
            Where another process works on it, or it can't be written.
        """
        if self.path.exists() and not self.path.is_dir():
            raise InputError("is a file", file=str(self.path), remedy="name a folder")
        if not self.exists and self.path.is_dir():
            foreign = {path.name for path in self.path.iterdir()} - {GENERATIONS, LOCK}
            if any(not name.startswith(f".{RECORD}.") for name in foreign):
                raise InputError("is not empty", file=str(self.path), remedy="name another folder")
        with none_empty(self.path / GENERATIONS):
            try:
                (self.path / GENERATIONS).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise unwritable(self.path, error, "can't be made") from error
            with locked(self.path):
                self._clear()
                try:
                    yield
                except BaseException:
                    with suppress(OSError, ClusterforgeError):  # they would hide the error
                        self._clear()
                    raise

    def _clear(self) -> None:
        """Remove generations that were not taken up."""
        kept = {file.folder for file in self.read().generations} if self.exists else set()
        for left in (self.path / GENERATIONS).iterdir():
            if left.name not in kept:
                remove(left)

    def generations(self, taxonomy: Taxonomy) -> tuple[Generation, ...]:
        """Return the records of all generations, the first one first."""
        return tuple(
            Generation.read(self.file(taxonomy, number, GENERATION))
            for number in range(1, len(taxonomy.generations) + 1)
        )

    def file(self, taxonomy: Taxonomy, number: int, name: str) -> Path:
        """Return the path of a generation's file that is as it was written.

        Raises
        ------
        InputError
            Where it is missing or another one.
        """
        generation = taxonomy.generations[number - 1]
        path = self.path / GENERATIONS / generation.folder / name
        if not path.is_file() or sha256(path) != generation.files.get(name):
            raise InputError(
                f"{name} of generation {number} is missing or not what was written",
                file=str(self.path),
                remedy="restore the folder from a copy",
            )
        return path

    def problems(self, taxonomy: Taxonomy) -> Iterator[str]:
        """Yield what is wrong with the files of the generations, each in a line."""
        whole = True
        for number, generation in enumerate(taxonomy.generations, 1):
            for name in generation.files:
                try:
                    self.file(taxonomy, number, name)
                except InputError as error:
                    whole = False
                    yield str(error)
        if whole:
            try:
                self.generations(taxonomy)
                self.snapshot(taxonomy)
            except InputError as error:
                yield str(error)

    def page(self, taxonomy: Taxonomy) -> Path:
        """Return the page with all generations."""
        last = taxonomy.generations[-1]
        (name,) = [name for name in last.files if name.endswith(HTML)]
        return self.path / GENERATIONS / last.folder / name

    def snapshot(self, taxonomy: Taxonomy) -> Snapshot:
        """Return the last generation as the next one is compared with it, clusters merged as they are now."""
        number = len(taxonomy.generations)

        def array(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
            path = self.file(taxonomy, number, name)
            try:
                values: np.ndarray[tuple[int, ...], np.dtype[np.generic]] = np.load(
                    path, allow_pickle=False
                )
            except (OSError, ValueError, EOFError) as error:
                raise damaged(path, str(error)) from error
            return values

        points: FloatArray = array(POINTS)  # type: ignore[assignment]
        own = EMBEDDING in taxonomy.generations[number - 1].files
        embedding: FloatArray = array(EMBEDDING) if own else points  # type: ignore[assignment]
        ids: IntArray = array(IDS)  # type: ignore[assignment]

        def places(name: str) -> Centres:
            known = [int(id) for id in array(f"{name}.ids.npy").tolist()]
            reach = [float(value) for value in array(f"{name}.reach.npy").tolist()]
            means: FloatArray = array(f"{name}.npy")  # type: ignore[assignment]
            return Centres(
                dict(zip(known, means, strict=True)), dict(zip(known, reach, strict=True))
            )

        record = Generation.read(self.file(taxonomy, number, GENERATION))
        return merged(
            Snapshot(
                record,
                points,
                embedding,
                ids,
                places(CENTRES),
                row_ids=(),
                row_clusters=ids,
                parts=places(PARTS),
            ),
            taxonomy,
        )

    def clusterer(self, taxonomy: Taxonomy, number: int) -> State:
        """Return what the clusterer that was fitted on a generation left."""
        for name in (ARRAYS, META):
            folder = self.file(taxonomy, number, f"{CLUSTERER}/{name}").parent
        return read_state(folder)

    def take_up(
        self,
        taxonomy: Taxonomy,
        snapshots: Sequence[Snapshot],
        page: str,
    ) -> Taxonomy:
        """Write generations, then name them in ``taxonomy.json``: the one step that counts.

        Parameters
        ----------
        taxonomy
            The taxonomy with its clusters as they will be, without the new generations.
        snapshots
            The new generations.
        page
            The page of the taxonomy as it will be; its file lies in the last generation.
        """
        written = []
        for snapshot in snapshots:
            where = self.path / GENERATIONS / f"{snapshot.record.number:04d}"
            where.mkdir()
            _write(where, snapshot)
            if snapshot is snapshots[-1]:
                write_text(where / PAGE, page)
            hashes = {
                path.relative_to(where).as_posix(): sha256(path)
                for path in sorted(where.rglob("*"))
                if path.is_file()
            }
            written.append(GenerationFile(folder=where.name, files=hashes))
        sync_folder(self.path / GENERATIONS)
        grown = taxonomy.model_copy(update={"generations": (*taxonomy.generations, *written)})
        grown.write(self.path / RECORD)
        return grown

    def rewrite(self, taxonomy: Taxonomy, page: str) -> Taxonomy:
        """Replace what is known of the clusters, and the page: the file of before stays until that is done.

        Parameters
        ----------
        taxonomy
            The taxonomy as it will be.
        page
            Its page.
        """
        *others, last = taxonomy.generations
        before = self.page(taxonomy)
        number = 2 if before.name == PAGE else int(before.name.split(".")[1]) + 1
        path = before.with_name(f"taxonomy.{number}{HTML}")
        write_text(path, page)
        files = {name: hash for name, hash in last.files.items() if name != before.name}
        last = last.model_copy(update={"files": {**files, path.name: sha256(path)}})
        edited = taxonomy.model_copy(update={"generations": (*others, last)})
        edited.write(self.path / RECORD)
        before.unlink(missing_ok=True)
        return edited


def _write(where: Path, snapshot: Snapshot) -> None:
    snapshot.record.write(where / GENERATION)
    write_rows(where / ROWS, snapshot)
    write_array(where / POINTS, snapshot.points)
    if snapshot.embedding is not snapshot.points:
        write_array(where / EMBEDDING, snapshot.embedding)
    write_array(where / IDS, snapshot.ids)
    for name, centres in ((CENTRES, snapshot.centres), (PARTS, snapshot.parts)):
        means = list(centres.means.values())
        none = np.zeros((0, snapshot.points.shape[1]), np.float32)
        write_array(where / f"{name}.ids.npy", np.array(list(centres.means), dtype=np.int64))
        write_array(where / f"{name}.npy", np.stack(means) if means else none)
        write_array(
            where / f"{name}.reach.npy", np.array([centres.reach[id] for id in centres.means])
        )
    if snapshot.state is not None:
        (where / CLUSTERER).mkdir()
        write_state(where / CLUSTERER, snapshot.state)
