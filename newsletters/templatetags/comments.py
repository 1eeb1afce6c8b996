"""Comments in the site's templates."""

from __future__ import annotations

from django import template

from newsletters.articles.comments import as_html

register = template.Library()
register.filter("as_html", as_html)
