"""The CSV folder of the data contract, read and checked in one pass (pure functions)."""

from app.importing.folder import ReadResult, read_folder
from app.importing.problems import CellProblem, FolderRejected
from app.importing.raw_table import FileReading

__all__ = ["CellProblem", "FileReading", "FolderRejected", "ReadResult", "read_folder"]
