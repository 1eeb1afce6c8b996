"""Attributes and tags of people: what a value may be, who may see and write it, and what a person has.

values.py    a typed text becomes a value or one sentence; a value becomes words
keys.py      names that no attribute can have
holding.py   reading and writing the values of one person, and their tags
"""
