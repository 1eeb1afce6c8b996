"""SMTP over kept, pipelined connections, all of them served by one thread."""
