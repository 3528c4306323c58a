"""Assets with tests of three kinds."""
