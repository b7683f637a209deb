"""The pages: server-drawn, usable without JavaScript, on a phone and by keyboard.

How to add a page is told in docs/web.md; the short form:

    # web/cases/rooms.py
    @needs_login
    def room(request: HttpRequest, case_id: str) -> HttpResponse:
        found = case_access.case(actor_of(request), case_id)   # NotFound becomes the 404 page
        return page(request, "cases/room.html", {"case": found})

`pages` has the helpers for views, `listing` for lists, `roles` the questions about who looks,
`navigation` the menu, `templatetags/parts` and `templates/parts/` what pages are put together
from, `pictures` the drawings. `/styleguide` (with SEAWALL_DEBUG=1) shows all parts.
"""
