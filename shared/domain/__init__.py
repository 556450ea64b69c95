"""The language that all rooms speak: pure, without I/O, clock or chance."""
