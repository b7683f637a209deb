"""Whether this instance can do its work."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from seawall.api.problems import problem


def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503; says nothing else about the installation."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return problem(503, "The database does not answer.")
    return JsonResponse({"status": "ok"})
