"""What an edition is made of: a folder for each kind of block, and the list of them in `registry`.

A folder holds all there is about its kind:

    kind.py       its fields, what completes it, its sample, what preflight reads in it
    form.html     what an editor fills in, in the composer
    mail.mjml     how it looks in a mail; a design may have another look for it
    mail.css      optional: the styles that only this kind needs, and mail.dark.css for dark mode
    mail.txt      what the text part says
    site.html     how it looks in the archive
    custom.mjml   how it looks in a newsletter's own MJML that has no part for it

To add a kind, add a folder and its name to the list in `registry`. Nothing here asks the database or knows how a mail
is made: rendering, the site and the composer call the kinds, never the other way round.
"""
