"""A Plan comes in; outcomes, published outputs and their traces go out."""
