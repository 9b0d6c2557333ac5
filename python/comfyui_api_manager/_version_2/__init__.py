"""What the modules with the names of version 2.0.0 are made of."""
