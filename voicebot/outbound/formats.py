"""What a report can be written as."""

from enum import StrEnum


class Format(StrEnum):
    """Of a report."""

    TABLE = "table"  #: on the screen
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    HTML = "html"
