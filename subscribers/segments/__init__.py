"""Segments: rules that say which people are meant.

    rules.py       a rule as JSON and as values: all, any, not, nested, and conditions
    fields.py      what a condition can be about; others register theirs here
    own_fields.py  lists, topics, tags, language, source …
    attribute_fields.py  the publisher's own attributes, by their kind
    compiling.py   a rule becomes a condition of the ORM
    explaining.py  for one person: why in, why not; a rule in words
    counting.py    how many, and a few of them

A condition is always true or false of a person, never unknown: who lacks a value is none of those who have it, and is
therefore among those of "is not", "is empty" and "not".
"""
