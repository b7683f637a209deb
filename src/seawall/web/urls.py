"""Which address leads to which page. One line per page; names are what templates link to."""

from django.urls import include, path

from seawall.web import home, preferences, styleguide

urlpatterns = [
    path("", include("seawall.web.sign_in_urls")),
    path("", home.home, name="home"),
    path("preferences", preferences.prefer, name="preferences"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
]
