"""How values are kept: IO managers of the user's own, what they are told, and the ones that come with the package."""
