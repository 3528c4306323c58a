"""From decorated functions and specs to AssetsDefinition: what is made, from what, by which function."""
