"""The demo institute, and the program that draws its illustrations."""
