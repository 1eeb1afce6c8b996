"""The door's page cache: finished public pages, made once however many ask, and never older than a second.

Guarantee: an answer from here says what Django would have said at some moment of the last second; while the database
can't be asked, of the last 300 (`versions.AWAY_SECONDS`). A page is kept with the version of the site's content that
was read before it was made; the version is read again every 0.4 seconds while anybody asks, and a page whose version
was not confirmed within 0.8 seconds is not served. Nothing personal is kept: only what the view marked as the same for
everybody (lib/public_pages.py) and neither sets a cookie nor depends on one.

When the version changes, one request makes the page anew; the others get the one before within these 0.8 seconds, or
wait. Processes on all hosts share what they made in Redis, when there is one; without it each makes its own.
"""
