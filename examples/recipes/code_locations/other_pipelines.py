"""A module that does not import: its library is not installed here."""

import a_library_that_is_not_installed

from assetmake import asset


@asset
def forecast(sold: int) -> int:
    return a_library_that_is_not_installed.predict(sold)
