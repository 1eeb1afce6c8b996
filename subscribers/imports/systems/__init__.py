"""The files of other systems, each described by the names of its columns; a description a system, and no code."""
