"""Clicks on the links of editions: a click is answered and written into a spool file, and later counted from it.

What answers needs no database once it knows an edition's links; what counts takes each line of a spool once, even if
a process is killed. Whose a click was stands in the mail and in the spool only where its newsletter counts by
reader.
"""
