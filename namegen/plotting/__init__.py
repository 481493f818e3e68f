"""Pictures of what a model counted, predicts, learned and generates.

`data` computes the numbers behind a picture; `figures` draws them into files with matplotlib (the extra `plot`),
`terminal` as lines of text; both use the colours of `colors`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from namegen.files.model_file import ModelFile
    from namegen.settings import PlotSettings


def write_plot(trained: "ModelFile", settings: "PlotSettings", path: str | Path) -> int:
    """Draw a picture of a model into a file (png, svg, pdf), whole or not at all.

    Returns how many characters no installed font has. Raises `UsageError` for another ending and for a model that has
    no such picture, `ModelFileError` where the file cannot be written, `NamegenError` without matplotlib.
    """
    from namegen.plotting.data import picture_of  # noqa: PLC0415 (torch)
    from namegen.plotting.figures import check_format, write_picture  # noqa: PLC0415 (matplotlib)

    check_format(path)
    return write_picture(picture_of(trained, settings), path)
