"""What comes in is kept as it came, once; read by the rules of its source; and can be read again by better ones."""
