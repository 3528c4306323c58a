"""All flights that left New York City in 2013, and the weather they left in: from raw files to a plot."""
