"""Keys become file names: one name for one key, never a path, on any file system."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assetmake.storage.paths import decode_key, encode_key, is_temporary, output_stem, temporary_name

ROOT = Path("/root/of/outputs")
ANY_KEY = st.text(st.characters(), max_size=80)
NASTY_LETTERS = st.sampled_from([*"./\\:~%*?[]{}<>|\"' aAé\u0301\u1100\u1161\u11a8\x00\n\u202e\ud800CON"])
KEYS = ANY_KEY | st.text(NASTY_LETTERS, max_size=12) | st.text(min_size=150, max_size=400)


@pytest.mark.parametrize(
    "key",
    [
        "2026-01-05",
        "2026-01-05-13:00".replace(":", "."),
        "café",
        "東京",
        "a=1,b=2",
        "v1.2",
        "x (1)",
        "Ω_a+b@c",
    ],
)
def test_plain_keys_stay_readable(key: str) -> None:
    assert encode_key(key) == key


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("a/b", "a%2Fb"),
        ("a\\b", "a%5Cb"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("end.", "end%2E"),
        ("end ", "end%20"),
        ("13:00", "13%3A00"),
        ("100%", "100%25"),
        ("a*[b]?", "a%2A%5Bb%5D%3F"),
        ("CON", "%43ON"),
        ("nul.txt", "%6Eul.txt"),
        ("lpt1", "%6Cpt1"),
        ("", "%"),
        ("cafe\u0301", "cafe%CC%81"),
    ],
)
def test_the_rest_is_percent_encoded(key: str, name: str) -> None:
    assert encode_key(key) == name


@pytest.mark.parametrize("key", ["CONSOLE", "lpt", "nullable", "com10"])
def test_names_that_only_begin_like_a_device_stay(key: str) -> None:
    assert encode_key(key) == key


@given(KEYS)
@example(".")
@example("..")
@example("../../etc/passwd")
@example("/abs")
@example("\x00")
def test_an_output_stays_directly_in_its_folder(key: str) -> None:
    stem = output_stem(ROOT, ("warehouse", "orders"), key)

    assert stem.parent == ROOT / "warehouse" / "orders"
    assert stem.name not in {"", ".", ".."}
    assert not set(stem.name) & set("/\\:*?[]{}\"'<>|\x00\n")
    assert not stem.name.startswith(".")
    assert not stem.name.endswith((".", " "))
    assert len(stem.name.encode()) <= 180


@given(KEYS)
def test_a_name_is_the_same_where_names_are_normalised(key: str) -> None:
    assert unicodedata.is_normalized("NFC", encode_key(key))


@given(KEYS)
def test_a_name_gives_its_key_back_or_is_shortened(key: str) -> None:
    name = encode_key(key)

    assert decode_key(name) == (None if "~" in name else key)


@given(KEYS, KEYS)
def test_different_keys_have_different_names(one: str, other: str) -> None:
    assert (encode_key(one) == encode_key(other)) == (one == other)


@given(KEYS)
def test_composed_and_decomposed_spellings_are_different_names(key: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", key), unicodedata.normalize("NFD", key)

    same = encode_key(composed) == encode_key(decomposed)

    assert same == (composed == decomposed)


def test_long_keys_are_cut_between_letters_and_completed_by_a_hash() -> None:
    one, other = encode_key("x" * 300 + "1"), encode_key("x" * 300 + "2")

    assert one[:101] == other[:101] == "x" * 100 + "~"
    assert one != other
    assert len(one) == 133
    assert encode_key("😀" * 100).startswith("%F0%9F%98%80" * 8 + "~")
    assert decode_key(one) is None


@pytest.mark.parametrize("name", ["a%2fb", "%41", "a/b", "%ZZ", "%FF", "~", "a."])
def test_names_that_no_key_is_encoded_to_are_not_decoded(name: str) -> None:
    assert decode_key(name) is None


def test_stems_of_assets_and_partitions() -> None:
    assert output_stem(ROOT, ("a", "b"), None) == ROOT / "a" / "b"
    assert output_stem(ROOT, ("a", "b"), "v1.2") == ROOT / "a" / "b" / "v1.2"
    assert output_stem(ROOT, ("..", "b"), None) == ROOT / "%2E%2E" / "b"


def test_temporary_names_tell_their_run() -> None:
    name = temporary_name("20260105-ab12", 7)

    assert name == ".am-20260105-ab12-7.tmp"
    assert is_temporary(name) == "20260105-ab12"
    assert is_temporary("a.tmp") is None


def test_a_run_that_would_leave_its_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        temporary_name("../x", 1)


@given(KEYS)
@example(".am-run-1.tmp")
def test_no_key_looks_like_a_temporary_file(key: str) -> None:
    assert is_temporary(encode_key(key)) is None
