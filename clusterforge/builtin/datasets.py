"""Parameters and specs of the built-in data sets."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import model_validator

from clusterforge.builtin.fields import Amount, Text
from clusterforge.builtin.plugin import plugin
from clusterforge.params import ColumnOrArray, Field, HubName, LocalPath, Params, Unit
from clusterforge.specs import DatasetSpec

CleanStep = Literal[
    "lower",
    "strip-special",
    "strip-html",
    "collapse-space",
    "strip-urls",
    "normalize",
    "join-letters",
]
Missing = Literal["error", "drop", "mean"]
Side = Annotated[int, Field(ge=1, le=4096)]
Level = Annotated[float, Field(ge=-(2**32), le=2**32)]
Colour = Annotated[str, Field(pattern="^(none|#[0-9a-fA-F]{6})$")]


Format = Annotated[str, Field(pattern=r"^[^<]*%[^<]*$|^[^<]*%[yD][^<]*<=[12][0-9]{3}$")]
Cycle = Annotated[str, Field(pattern=r"^cycle [1-9][0-9]{0,8}(\.[0-9]{1,6})?$")]
ColumnType = (
    Literal["number", "category", "ordinal", "yes-no", "date", "time"]
    | Format
    | Cycle
    | Annotated[tuple[Text, ...], Field(min_length=2, strict=False)]
)
ColumnNames = Annotated[tuple[Text, ...], Field(min_length=1)]


class SampleParams(Params):
    """Which rows of a data set are used."""

    limit: int | None = Field(
        None,
        ge=1,
        description="Maximum rows of train: a random sample in the order of the source.",
        json_schema_extra=Unit("rows"),
    )
    limit_test: int | None = Field(
        None,
        ge=1,
        description="The same for each other split; by default they are complete.",
        json_schema_extra=Unit("rows"),
    )
    balanced: bool = Field(
        False,
        description="Take the same number of train rows of each class; the run is marked with that.",
    )
    sample_seed: int = Field(
        0, ge=0, le=2**32 - 1, description="Seed of the sample and of splits made here."
    )


class SplitParams(SampleParams):
    """Which rows are used, of a data set that comes in one piece."""

    test_fraction: float = Field(
        0.2, gt=0, lt=1, description="Share of the rows held out as test, class by class."
    )


class CleanParams(Params):
    """How texts are cleaned."""

    clean: tuple[CleanStep, ...] = Field(
        (), description="Steps of cleaning each text, in this order."
    )


class ColumnParams(SampleParams, CleanParams):
    """What the columns of a data set mean.

    A row may hold a text, an image and features at once: encoders read its parts (``reads``).
    """

    image_paths: ClassVar[bool] = False

    text: Text | ColumnNames | None = Field(
        None, description="Column of the texts, or several columns to join."
    )
    separator: str = Field(" ", description="Separator between the texts of joined columns.")
    image: Text | None = Field(
        None,
        description="Column of the images: the bytes of PNG, JPEG … files, or their paths from the folder "
        "of the table's file.",
    )
    features: Literal["all"] | ColumnNames | None = Field(
        None,
        description='Columns of a table: names, patterns ("e*") and kinds ("numbers", "categories", '
        '"ordinals", "yes-no", "dates", "times", "cycles"); or "all": every usable column except label and '
        "id.",
    )
    drop: tuple[Text, ...] = Field(
        (), description='Columns to leave out of features, by name or pattern ("note*").'
    )
    types: dict[Text, ColumnType] = Field(
        {},
        description="What columns of features are, by name: a kind, the values of an ordinal in their "
        'order, after what numbers begin anew ("cycle 360" of degrees, "cycle 24" of hours), or the format '
        'of a date ("%d.%m.%Y"; with "%d.%m.%y<=2026", years that would be later are '
        "those of the century before). By default numbers are numbers, and texts of at "
        "most 100 different values categories, dates or yes/no.",
    )
    label: Text | None = Field(
        None, description="Column of the true labels; null and -1 mean unlabelled."
    )
    id: Text | None = Field(
        None, description="Column of the row ids; default: the row's position in its source."
    )
    embedding: Text | None = Field(
        None,
        description="Column of embeddings made elsewhere, a list of numbers per row: encoders start from "
        "them; text, image or features are what the report shows.",
    )
    missing: Missing | None = Field(
        None,
        description="Rows without content, and images that can't be decoded: refuse them, drop them "
        "(images after the sample is drawn), or (features only) fill in the column's mean, or its most "
        "frequent category, over the train split. By default texts and images are refused, and gaps in "
        "features left to an encoder that takes them (table).",
    )
    deduplicate: Literal["exact", "near"] | None = Field(
        None,
        description="Leave out copies of earlier rows of the split; an export gives them the cluster of "
        "that row. exact: texts, as cleaned, images and rows of features that are equal. near: also texts "
        "that share four fifths of their words and pairs of words, images that look alike at 16 by 16 "
        "pixels, rows of features of which none differs by more than a hundredth of its spread. Of rows of "
        "several parts, all parts have to be copies.",
    )
    resize: tuple[Side, Side] | None = Field(
        None,
        description="Height and width to scale every image to.",
        json_schema_extra=Unit("pixels"),
    )
    channels: Literal[1, 3] | None = Field(
        None,
        description="1: grey images, 3: colour; none: colour if any image of the data set has it.",
    )
    levels: tuple[Level, Level] | None = Field(
        None,
        description="Values that become black and white in images of more than eight bits; none: 0 to "
        "the white point of 8, 10, 12, 14 or 16 bits (of fractions, 1 or 255) that holds all values "
        "of train, otherwise their lowest to their highest.",
    )
    background: Colour = Field(
        "#ffffff",
        description="Colour behind transparent images, as #rrggbb; none: their opacity is ignored.",
    )
    in_memory: Literal["auto"] | bool = Field(
        "auto", description="Keep all decoded rows in memory; auto: if they fit into 2 GB."
    )

    @model_validator(mode="after")
    def _one_content(self) -> ColumnParams:
        given = [name for name in ("text", "image", "features") if getattr(self, name) is not None]
        for name in ("text", "features"):
            columns = getattr(self, name)
            if isinstance(columns, tuple) and len(set(columns)) < len(columns):
                raise ValueError(f"{name} names a column twice")
        if self.clean and given and "text" not in given:
            raise ValueError("clean is for texts; drop it, or name a text column")
        if given and "image" not in given:
            for name in ("background", "channels", "levels", "resize"):
                if getattr(self, name) == type(self).model_fields[name].default:
                    continue
                raise ValueError(f"{name} is for images; drop it, or name an image column")
        if self.levels and not self.levels[0] < self.levels[1]:
            raise ValueError("levels must rise: [black, white]")
        for name, kind in self.types.items():
            if isinstance(kind, tuple) and len(set(kind)) < len(kind):
                raise ValueError(f"types names a value of {name!r} twice")
        for name in ("drop", "types"):
            if getattr(self, name) and given and "features" not in given:
                raise ValueError(f"{name} is for features; leave it out")
        if self.missing == "mean" and given and "features" not in given:
            raise ValueError('missing = "mean" is for features; use "drop" or "error"')
        return self


class HuggingfaceParams(ColumnParams):
    """A data set of the Hugging Face Hub, from a mirror, the cache or the Hub itself.

    Lhoest et al., Datasets: A Community Library for NLP, EMNLP 2021
    """

    path: HubName = Field(
        description="Name on the Hub (org/name), or a local folder written ./… or absolute."
    )
    config: Text | None = Field(None, description="Configuration; required if there are several.")
    train: Text = Field("train", description='Split to fit on; may be sliced: "train[:10%]".')
    test: Text | None = Field(None, description="Held-out split; may be sliced.")
    validation: Text | None = Field(None, description="Validation split; may be sliced.")
    revision: Text | None = Field(None, description="Commit, tag or branch on the Hub to use.")

    @model_validator(mode="after")
    def _says_what(self) -> HuggingfaceParams:
        if self.text is None and self.image is None and self.features is None:
            raise ValueError("one of text, image or features must name the columns to cluster")
        if self.balanced and self.label is None:
            raise ValueError("balanced needs a label column; name it, or drop balanced")
        return self


class FilesParams(ColumnParams):
    """Your own files: csv, tsv, jsonl, json, txt, parquet, Feather, Arrow, npy, npz, folders of images."""

    image_paths: ClassVar[bool] = True

    path: LocalPath = Field(
        description="A csv, tsv, jsonl, json, txt (each also as .gz, .bz2 …), parquet, feather, arrow, "
        "npy, npz, xlsx or sqlite file, a pattern of such files, a folder of such files or of images (one "
        "folder for each class), or one that save_to_disk has written. Fields within fields are named "
        "by dots: data.text."
    )
    label: ColumnOrArray | None = Field(
        None,
        description="Column of the true labels, or an npy file of them; null and -1 mean unlabelled.",
    )
    id: ColumnOrArray | None = Field(
        None,
        description="Column of the row ids, or an npy file of them; default: the row's position.",
    )
    embedding: ColumnOrArray | None = Field(
        None,
        description="Column of embeddings made elsewhere, a list of numbers per row, or an npy file of "
        "them (n, d): encoders start from them; text, image or features are what the report shows.",
    )
    test: LocalPath | None = Field(None, description="Held-out rows, in the same form as path.")
    test_fraction: float | None = Field(
        None, gt=0, lt=1, description="Share of the rows held out as test, class by class."
    )
    class_folders: Literal["auto"] | bool = Field(
        "auto",
        description="Whether the folder that an image stands in is its class (of folders within folders, "
        "the first); auto: yes, but one that all images stand in is none, and folders called by dates or "
        "numbers are refused.",
    )
    whole_files: bool = Field(
        False,
        description="Whether each txt, md or html file is one text, and not each line of a txt file; of a "
        "folder, also those in its folders. The columns file (the id) and folder say where each stands: "
        'label = "folder" makes true labels of folders.',
    )
    encoding: Text = Field(
        "utf-8",
        description="Encoding of text files; of several txt files, one that begins with the mark of another, "
        "or is UTF-8, is read so.",
    )
    delimiter: str | None = Field(None, description="Between csv values; default: by suffix.")
    header: Literal["auto"] | bool = Field(
        "auto",
        description="Whether the first row of a csv file or a sheet names the columns, otherwise called 0, "
        "1, 2 …; auto: yes, and a first row that looks like values is refused.",
    )
    skip: int = Field(
        0,
        ge=0,
        le=1000,
        description="Lines of a csv file, or rows of a sheet, above the names of the columns.",
    )
    quotes: bool = Field(
        True,
        description="Whether csv values may stand in quotes; false: a quote is a character like others.",
    )
    na_values: tuple[Text, ...] | dict[Text, tuple[Text, ...]] = Field(
        (),
        description='Values that are gaps, such as "?" or "-999" (among numbers also -999.0), besides '
        'nothing; of single columns by name or pattern: {age = ["0"], "q*" = ["99"]}.',
    )
    decimal: Literal[".", ","] = Field(
        ".", description="Character before the decimals of numbers that are written as text."
    )
    thousands: Literal[",", ".", "'", " ", "_"] | None = Field(
        None, description="Character between the thousands of numbers that are written as text."
    )
    units: tuple[Text, ...] = Field(
        (),
        description='Signs and units beside numbers written as text, such as "$" or "kg": taken away '
        "where all values of a column have the same.",
    )
    comment: Annotated[str, Field(min_length=1, max_length=4)] | None = Field(
        None, description='Beginning of lines of a csv file that are no rows, such as "#".'
    )

    table: Text | None = Field(
        None, description="Sheet of an xlsx file or table of an sqlite file; none: the only one."
    )
    query: Text | None = Field(None, description="Query to an sqlite file, in place of a table.")

    @property
    def gaps(self) -> dict[str, tuple[str, ...]]:
        """What is no value, besides nothing, by the pattern of the columns where it is none."""
        if isinstance(self.na_values, dict):
            return self.na_values
        return {"*": self.na_values} if self.na_values else {}

    @model_validator(mode="after")
    def _one_test(self) -> FilesParams:
        if self.table and self.query:
            raise ValueError("table and query can't be given together; keep one of them")
        if self.test and self.test_fraction:
            raise ValueError("test and test_fraction can't be given together; keep one of them")
        between = "," if self.delimiter is None else self.delimiter
        if len(between) != 1 or not between.isascii() or between in '"\r\n':
            longer = "; replace a longer one in the file, as :: by a tab" * (len(between) > 1)
            raise ValueError(
                f"delimiter must be one ASCII character, no quote and no line end{longer}"
            )
        if self.decimal == self.thousands:
            raise ValueError("decimal can't be the thousands separator, too")
        if self.decimal == self.delimiter and not self.quotes:
            raise ValueError("decimal can't be the delimiter, too, where quotes = false")
        return self


class DigitsParams(SplitParams):
    """1,797 handwritten digits of 8 by 8 pixels, 10 classes.

    Dua and Graff, UCI Machine Learning Repository: Optical Recognition of Handwritten Digits
    (Alpaydin and Kaynak, 1998)
    """


class WineParams(SplitParams):
    """178 wines with 13 measurements, 3 classes.

    Dua and Graff, UCI Machine Learning Repository: Wine (Aeberhard and Forina, 1991)
    """


class IrisParams(SplitParams):
    """150 irises with 4 measurements, 3 classes.

    Fisher, The Use of Multiple Measurements in Taxonomic Problems, Annals of Eugenics 1936
    """


class BreastCancerParams(SplitParams):
    """569 biopsies with 30 measurements, 2 classes.

    Dua and Graff, UCI Machine Learning Repository: Breast Cancer Wisconsin (Diagnostic) (Wolberg et
    al., 1993)
    """


class BlobsParams(SplitParams):
    """Synthetic: Gaussian blobs in any number of dimensions, with outliers if wanted."""

    rows: int = Field(500, ge=2, le=10_000_000, description="Rows, train and test together.")
    dimensions: int = Field(2, ge=1, le=10_000, description="Columns.")
    centers: int = Field(
        3, ge=1, le=10_000, description="Number of blobs; their centres are in [-10, 10]."
    )
    spread: Amount = Field(1.0, description="Standard deviation of each blob.")
    noise: Amount = Field(0.0, description="Standard deviation of noise added to every row.")
    outliers: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of rows drawn uniformly from the whole space, unlabelled.",
    )


class MoonsParams(SplitParams):
    """Synthetic: two interleaved half circles, with outliers if wanted."""

    rows: int = Field(500, ge=2, le=10_000_000, description="Rows, train and test together.")
    noise: Amount = Field(0.05, description="Standard deviation of noise added to each row.")
    outliers: float = Field(
        0.0, ge=0, le=0.9, description="Share of rows drawn uniformly from the plane, unlabelled."
    )


class SampleNewsParams(SplitParams, CleanParams):
    """240 short news texts that come with the package, 4 classes."""


_UCI = "Dua and Graff, UCI Machine Learning Repository"

SPECS: tuple[DatasetSpec, ...] = (
    DatasetSpec(*plugin("datasets", "huggingface", HuggingfaceParams), opens="hub"),
    DatasetSpec(*plugin("datasets", "files", FilesParams), opens="files"),
    DatasetSpec(*plugin("datasets.scikit", "digits", DigitsParams)),
    DatasetSpec(*plugin("datasets.scikit", "wine", WineParams)),
    DatasetSpec(*plugin("datasets.scikit", "iris", IrisParams)),
    DatasetSpec(*plugin("datasets.scikit", "breast-cancer", BreastCancerParams)),
    DatasetSpec(*plugin("datasets.synthetic", "blobs", BlobsParams)),
    DatasetSpec(*plugin("datasets.synthetic", "moons", MoonsParams)),
    DatasetSpec(*plugin("datasets", "sample-news", SampleNewsParams)),
)
