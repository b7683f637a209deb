"""The JSON schemas that documents are checked against; sources and licences in README.md."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Give the schema in the file `name` ("csaf/csaf-2.0.json"); do not change the value."""
    schema: dict[str, Any] = json.loads(files(__name__).joinpath(name).read_text("utf-8"))
    return schema
