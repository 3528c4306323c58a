"""Pictures: an asset may be a file of any kind."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from assetmake import AssetExecutionContext, asset


@asset(group_name="reports", kinds={"matplotlib"}, tags={"layer": "gold", "audience": "public"})
def delay_plot(context: AssetExecutionContext, year_by_day: pd.DataFrame) -> Path:
    """Late and cancelled flights through the year.

    The same data gives the same bytes (ids by a fixed salt, no date), so that a rebuild changes nothing.
    """
    days = pd.to_datetime(year_by_day["date"])
    cancelled_percent = 100 * year_by_day["cancelled"] / year_by_day["flights"]
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(days, year_by_day["late_percent"], color="lightsteelblue", linewidth=0.8, label="late")
    weekly = year_by_day["late_percent"].rolling(7, center=True).mean()
    axes.plot(days, weekly, color="navy", label="late, mean of 7 days")
    axes.bar(days, cancelled_percent, color="crimson", width=1.0, label="cancelled")
    axes.set(title="Flights from New York, 2013", ylabel="percent of flights", ylim=(0, 90))
    axes.legend(loc="upper center", ncols=3)
    plot = context.output_path.with_suffix(".svg")
    with mpl.rc_context({"svg.hashsalt": "flights", "svg.fonttype": "none"}):
        figure.savefig(plot, metadata={"Date": None})
    return plot
