"""Functions of the project come in; the definitions that each of them rests on go out, with one digest of them all."""
