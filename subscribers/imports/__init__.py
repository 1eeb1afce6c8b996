"""Bringing people along: from a file of any system to rows, a plan that says what would happen, and the people.

files/      what a file is: kind, encoding, separator, the tables within; and what it may cost
systems/    the exports of other systems, each described by its column names
mapping     which column holds what
rows        one row read and checked: what it says, or why it is refused
staging     all rows of a file in a scratch database of its own, an address once
deciding    what a row means for the people who are there: new, changed, same, kept out
writing     carry out what was decided of people who are known
newcomers   people who are new, in sets: a temporary table, and a statement a table
running     batches with a cursor in the same transaction; stop, resume, survive
undoing     back to before, while nothing was sent
"""
