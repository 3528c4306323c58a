"""Mappings: which upstream partitions are read."""

from __future__ import annotations

import itertools
import pickle
from array import array
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.file_partitions import FilePartitionsDefinition
from assetmake.definitions.mappings import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    TimeWindowPartitionMapping,
)
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.resolution import (
    MappingKind,
    Pairs,
    Spans,
    get_upstream_keys,
    resolve_mapping,
    upstream_spans,
)
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2024-01-01")
HOURLY = HourlyPartitionsDefinition("2024-01-01-00:00")
WEEKLY = WeeklyPartitionsDefinition("2024-01-01")
MONTHLY = MonthlyPartitionsDefinition("2024-01-01")
COLOURS = StaticPartitionsDefinition(["red", "green", "blue"])
WARM = StaticPartitionsDefinition(["red"])
PREVIOUS = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)


def keys(mapping, key, upstream, downstream, now=NOW):
    return get_upstream_keys(mapping, key, upstream, downstream, current_time=now)


@st.composite
def time_windows(draw: st.DrawFn) -> TimeWindowPartitionsDefinition:
    crons = ["0 * * * *", "*/30 * * * *", "0 */6 * * *", "0 0 * * *", "30 2 * * *", "0 0 * * 1", "0 0 1 * *"]
    start = datetime(2024, 1, 1) + timedelta(hours=draw(st.integers(0, 24 * 60)))
    return TimeWindowPartitionsDefinition(
        start=start,
        fmt="%Y-%m-%d-%H:%M",
        cron_schedule=draw(st.sampled_from(crons)),
        timezone=draw(st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])),
        end_offset=draw(st.integers(-1, 2)),
    )


def overlapping(upstream, down_part, downstream, start_offset, end_offset, now):
    """Return what a mapping means, by looking at every window of a far wider grid."""
    grid = list(upstream.cadence.between(down_part - 200 * 86_400, down_part + 200 * 86_400))
    begin = downstream.cadence.shift(down_part, start_offset)
    end = downstream.cadence.shift(down_part, end_offset + 1)
    existing = set(upstream.parts(current_time=now))
    return [a for a, b in itertools.pairwise(grid) if a < end and b > begin and a in existing]


def expand(bound: object, count: int) -> list[int]:
    return [bound] * count if isinstance(bound, int) else list(bound)


@settings(deadline=None)
@given(time_windows(), time_windows(), st.integers(1, 90), st.data())
def test_spans_are_the_windows_that_overlap(upstream, downstream, days, data):
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days)
    parts = downstream.parts(current_time=now)
    chosen = parts[:: data.draw(st.integers(1, 40))][-12:] if data.draw(st.booleans()) else parts[:8]
    if data.draw(st.booleans()):
        chosen = array("q", data.draw(st.permutations(list(chosen))))
    start_offset = data.draw(st.integers(-3, 2))
    end_offset = start_offset + data.draw(st.integers(0, 3))
    mapping = TimeWindowPartitionMapping(start_offset, end_offset)

    spans = upstream_spans(mapping, upstream=upstream, downstream=downstream, down_parts=chosen, current_time=now)

    existing = upstream.parts(current_time=now)
    firsts, lasts = expand(spans.first, len(chosen)), expand(spans.last, len(chosen))
    for part, first, last in zip(chosen, firsts, lasts, strict=True):
        mapped = [up for up in existing if first <= up <= last]
        assert mapped == overlapping(upstream, part, downstream, start_offset, end_offset, now)


def test_the_same_definition_maps_key_to_key():
    assert keys(None, "2024-01-05", DAILY, DAILY) == ["2024-01-05"]
    assert keys(None, "red", COLOURS, COLOURS) == ["red"]
    assert keys(IdentityPartitionMapping(), "2024-01-05", DAILY, DAILY) == ["2024-01-05"]


def test_windows_map_to_the_windows_that_overlap():
    assert keys(None, "2024-01-07", DAILY, WEEKLY) == [f"2024-01-{day:02}" for day in range(7, 14)]
    assert keys(None, "2024-01-05", HOURLY, DAILY) == [f"2024-01-05-{hour:02}:00" for hour in range(24)]
    assert keys(None, "2024-01-05-07:00", DAILY, HOURLY) == ["2024-01-05"]
    assert keys(None, "2024-02-01", WEEKLY, MONTHLY)[0] == "2024-01-28"
    berlin = DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")
    assert keys(None, "2024-01-05", DAILY, berlin) == ["2024-01-04", "2024-01-05"]


def test_windows_that_differ_in_format_map_by_time():
    compact = DailyPartitionsDefinition("20240101", fmt="%Y%m%d")
    assert keys(None, "2024-01-05", compact, DAILY) == ["20240105"]


def test_offsets_move_the_ends_by_downstream_windows():
    assert keys(PREVIOUS, "2024-01-05", HOURLY, DAILY) == [f"2024-01-04-{hour:02}:00" for hour in range(24)]
    assert keys(PREVIOUS, "2024-01-05-00:00", DAILY, HOURLY) == ["2024-01-04"]
    assert keys(PREVIOUS, "2024-01-05-01:00", DAILY, HOURLY) == ["2024-01-05"]
    assert keys(PREVIOUS, "2024-01-05", DAILY, DAILY) == ["2024-01-04"]
    assert keys(TimeWindowPartitionMapping(start_offset=-2), "2024-01-05", DAILY, DAILY) == [
        "2024-01-03",
        "2024-01-04",
        "2024-01-05",
    ]


def test_windows_before_the_first_are_dropped():
    assert keys(PREVIOUS, "2024-01-01", DAILY, DAILY) == []
    assert keys(TimeWindowPartitionMapping(start_offset=-1), "2024-01-01", DAILY, DAILY) == ["2024-01-01"]
    earlier = DailyPartitionsDefinition("2023-12-31")
    assert keys(PREVIOUS, "2024-01-01", earlier, DAILY) == ["2023-12-31"]


def test_windows_that_have_not_ended_are_dropped():
    following = TimeWindowPartitionMapping(start_offset=1, end_offset=1)
    assert keys(following, "2024-02-28", DAILY, DAILY) == ["2024-02-29"]
    assert keys(following, "2024-02-29", DAILY, DAILY) == []
    ahead = MonthlyPartitionsDefinition("2024-01-01", end_offset=1)
    assert keys(None, "2024-03-01", DAILY, ahead) == []
    assert keys(None, "2024-03-01", DAILY, ahead, NOW + timedelta(days=2))[-1] == "2024-03-02"


def test_unpartitioned_assets_read_and_are_read_whole():
    assert resolve_mapping(None, upstream=None, downstream=DAILY) is MappingKind.VALUE
    assert resolve_mapping(None, upstream=None, downstream=None) is MappingKind.VALUE
    assert upstream_spans(None, upstream=None, downstream=DAILY, down_parts=[1, 2]) == Spans(0, 0)
    assert keys(None, None, COLOURS, None) == ["red", "green", "blue"]
    assert len(keys(None, None, DAILY, None)) == 60


def test_a_static_definition_maps_to_another_by_key():
    assert keys(None, "red", COLOURS, WARM) == ["red"]
    with pytest.raises(DefinitionError, match="'green', 'blue'"):
        resolve_mapping(None, upstream=WARM, downstream=COLOURS)


def test_keys_defined_by_files_map_by_key():
    files = FilePartitionsDefinition("inbox")
    assert resolve_mapping(None, upstream=files, downstream=files) is MappingKind.SAME_KEY
    assert resolve_mapping(None, upstream=COLOURS, downstream=files) is MappingKind.SAME_KEY


@pytest.mark.parametrize(("upstream", "downstream"), [(COLOURS, DAILY), (DAILY, COLOURS)])
def test_static_keys_and_time_windows_need_a_mapping(upstream, downstream):
    with pytest.raises(DefinitionError) as caught:
        resolve_mapping(None, upstream=upstream, downstream=downstream)
    assert "AllPartitionMapping" in caught.value.hint
    assert resolve_mapping(AllPartitionMapping(), upstream=upstream, downstream=downstream) is MappingKind.ALL


def test_all_and_last_look_at_what_exists():
    assert len(keys(AllPartitionMapping(), "red", DAILY, COLOURS)) == 60
    assert keys(LastPartitionMapping(), "red", DAILY, COLOURS) == ["2024-02-29"]
    assert keys(LastPartitionMapping(), None, COLOURS, None) == ["blue"]
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert keys(AllPartitionMapping(), "red", DAILY, COLOURS, long_ago) == []
    assert keys(LastPartitionMapping(), "red", DAILY, COLOURS, long_ago) == []


def test_specific_keys():
    mapping = SpecificPartitionsPartitionMapping(["red", "blue"])
    assert keys(mapping, "2024-01-05", COLOURS, DAILY) == ["red", "blue"]
    assert keys(SpecificPartitionsPartitionMapping(["2024-01-02", "2024-01-03"]), None, DAILY, None) == [
        "2024-01-02",
        "2024-01-03",
    ]
    pairs = upstream_spans(mapping, upstream=COLOURS, downstream=DAILY, down_parts=[7, 8])
    red, blue = COLOURS.part_of("red"), COLOURS.part_of("blue")
    assert isinstance(pairs, Pairs)
    assert sorted(zip(pairs.down, pairs.up, strict=True)) == sorted([(7, red), (7, blue), (8, red), (8, blue)])


def test_static_keys_by_a_table():
    sizes = StaticPartitionsDefinition(["big", "small"])
    mapping = StaticPartitionMapping({"red": "big", "green": ["big", "small"], "blue": "small"})
    assert keys(mapping, "big", COLOURS, sizes) == ["red", "green"]
    assert keys(mapping, "small", COLOURS, sizes) == ["green", "blue"]
    assert keys(StaticPartitionMapping({"red": "big"}), "small", COLOURS, sizes) == []


@pytest.mark.parametrize(
    ("mapping", "upstream", "downstream"),
    [
        (PREVIOUS, DAILY, None),
        (PREVIOUS, None, DAILY),
        (PREVIOUS, COLOURS, COLOURS),
        (IdentityPartitionMapping(), HOURLY, DAILY),
        (IdentityPartitionMapping(), COLOURS, DAILY),
        (IdentityPartitionMapping(), WARM, COLOURS),
        (IdentityPartitionMapping(), DAILY, None),
        (SpecificPartitionsPartitionMapping(["pink"]), COLOURS, None),
        (SpecificPartitionsPartitionMapping(["2023-12-31"]), DAILY, None),
        (SpecificPartitionsPartitionMapping(["soon"]), DAILY, None),
        (SpecificPartitionsPartitionMapping(["red"]), None, None),
        (StaticPartitionMapping({"pink": "red"}), COLOURS, COLOURS),
        (StaticPartitionMapping({"red": "pink"}), COLOURS, COLOURS),
        (StaticPartitionMapping({"red": "red"}), DAILY, COLOURS),
        ("identity", DAILY, DAILY),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(mapping, upstream, downstream):
    with pytest.raises(DefinitionError):
        resolve_mapping(mapping, upstream=upstream, downstream=downstream)


def test_uniform_windows_are_mapped_by_arithmetic():
    hours = HourlyPartitionsDefinition("1900-01-01-00:00")
    days = DailyPartitionsDefinition("1900-01-01")
    for upstream, downstream in ((hours, hours), (hours, days)):
        spans = upstream_spans(
            None,
            upstream=upstream,
            downstream=downstream,
            down_parts=downstream.parts(current_time=NOW),
            current_time=NOW,
        )
        assert isinstance(spans.first, range)
        assert isinstance(spans.last, range)


MAPPINGS = [
    IdentityPartitionMapping(),
    TimeWindowPartitionMapping(),
    PREVIOUS,
    AllPartitionMapping(),
    LastPartitionMapping(),
    SpecificPartitionsPartitionMapping(["red", "blue"]),
    StaticPartitionMapping({"red": "big", "green": ["big", "small"]}),
]


def test_mappings_are_values():
    assert len({mapping.identity() for mapping in MAPPINGS}) == len(MAPPINGS) == len(set(MAPPINGS))
    for mapping in MAPPINGS:
        assert pickle.loads(pickle.dumps(mapping)) == mapping
        assert eval(repr(mapping)) == mapping
    table = StaticPartitionMapping({"green": {"small", "big"}, "red": ["big"]})
    assert table == MAPPINGS[-1]
