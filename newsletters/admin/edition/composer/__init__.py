"""The page of a draft: words and blocks in order, the search for articles, what is seen live beside them.

Every button of the page sends the whole form, so the page works without JavaScript and nothing that was typed is lost
on the way. Only saving writes, through newsletters.editions.drafts with the revision that the page was made from: the
second of two editors is told instead of overwriting the first.
"""
