"""JSON that is kept as it was written."""

import json
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import BaseExpression


class WrittenJSON(JSONField):
    """JSON whose names keep their order and whose numbers keep their form, so that what is written
    out again is the same to the byte. PostgreSQL's `jsonb`, a JSONField there, sorts the names;
    nothing can be searched in this one."""

    def db_type(self, connection: Any) -> str | None:
        return "text" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if connection.vendor != "postgresql" or isinstance(value, BaseExpression):
            return super().get_db_prep_value(value, connection, prepared)
        return None if value is None else json.dumps(value, cls=self.encoder)
