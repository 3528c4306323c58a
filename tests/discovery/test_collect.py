from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.place import Place
from assetmake.definitions.source import FileSource
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.manifest import Manifest

Discover = Callable[[], Manifest]
Write = Callable[..., None]
HEAD = """
from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.source import FileSource
"""


def name_assets(manifest: Manifest) -> list[str]:
    return [str(record.key) for record in manifest.assets]


def write_assets(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(HEAD + text)


def test_names_containers_and_definitions_are_looked_into(root: Path, discover: Discover) -> None:
    write_assets(
        root,
        "assets.py",
        """
def make(name):
    @asset(name=name)
    def made(): return 1
    return made

plain = make("plain")
listed = [make("in_a_list")]
by_name = {"k": make("in_a_dict"), "deep": [(make("deep"),)]}
first = Definitions([make("defined"), plain])
second = Definitions(assets=[make("defined_too"), FileSource("raw", "raw.csv")])
alias = plain
""",
    )
    manifest = discover()
    assert name_assets(manifest) == ["plain", "in_a_list", "in_a_dict", "deep", "defined", "defined_too"]
    assert [(str(source.key), source.path) for source in manifest.sources] == [("raw", "raw.csv")]


def test_records_stand_in_order_of_module_and_line_with_relative_places(root: Path, discover: Discover) -> None:
    write_assets(root, "assets/b.py", "@asset\ndef last(): return 1\n")
    write_assets(
        root,
        "assets/a.py",
        "def make():\n    @asset\n    def early(): return 1\n    return early\n"
        "@asset\ndef late(): return 1\nearly = make()\nraw = FileSource('raw', 'x.csv')\n",
    )
    manifest = discover()
    assert [(str(each.key), each.module, each.place) for each in manifest.assets] == [
        ("early", "assets.a", Place("assets/a.py", 6)),
        ("late", "assets.a", Place("assets/a.py", 9)),
        ("last", "assets.b", Place("assets/b.py", 5)),
    ]
    assert manifest.sources[0].place == Place("assets/a.py", 12)


def test_an_imported_asset_counts_once_where_it_is_defined(root: Path, discover: Discover) -> None:
    write_assets(root, "assets/a.py", "from assets.z import shared, raw\nall_of_them = Definitions([shared, raw])\n")
    write_assets(root, "assets/z.py", "@asset\ndef shared(): return 1\nraw = FileSource('raw', 'x')\n")
    manifest = discover()
    assert [(str(each.key), each.module) for each in manifest.assets] == [("shared", "assets.z")]
    assert len(manifest.sources) == 1


def test_what_a_factory_elsewhere_makes_belongs_to_the_module_that_names_it(root: Path, discover: Discover) -> None:
    write_assets(
        root,
        "assets/factory.py",
        "def make(name):\n    @asset(name=name)\n    def made(): return name\n    return made\n",
    )
    write_assets(root, "assets/uses.py", "from assets.factory import make\ntwo = [make('x'), make('y')]\n")
    manifest = discover()
    assert [(str(each.key), each.module) for each in manifest.assets] == [
        ("x", "assets.uses"),
        ("y", "assets.uses"),
    ]
    assert manifest.assets[0].fingerprint.code != manifest.assets[1].fingerprint.code


def test_two_assets_of_one_key_are_both_kept(root: Path, discover: Discover) -> None:
    for module in "ab":
        write_assets(root, f"assets/{module}.py", "@asset\ndef same(): return 1\n")
    assert name_assets(discover()) == ["same", "same"]


def test_a_failing_module_is_among_the_failures(root: Path, discover: Discover) -> None:
    write_assets(root, "assets/a.py", "@asset\ndef fine(): return 1\n")
    write_assets(root, "assets/b.py", "oops\n")
    manifest = discover()
    assert name_assets(manifest) == ["fine"]
    assert [(each.module, each.file) for each in manifest.failures] == [("assets.b", "assets/b.py")]


def test_the_declaration_is_in_the_record(root: Path, discover: Discover) -> None:
    write_assets(
        root,
        "assets.py",
        "@asset(key_prefix='p', group_name='g', tags={'t': '1'}, kinds={'k'}, owners=['o@x.y'],"
        " metadata={'m': 1}, pool='db', timeout=5, io_manager_key='json')\n"
        "def a(context, up: list) -> None:\n    'Says.'\n",
    )
    (record,) = discover().assets
    assert str(record.key) == "p/a"
    assert [(str(each.key), each.parameter) for each in record.dependencies] == [("up", "up")]
    assert (record.group, record.tags, record.kinds, record.owners) == ("g", {"t": "1"}, ("k",), ("o@x.y",))
    assert (record.description, record.stores, record.pool, record.timeout) == ("Says.", False, "db", 5)
    assert record.io_manager == "json"
    assert record.metadata["m"].value == 1


def test_the_declared_environment_is_in_every_fingerprint(root: Path, discover: Discover) -> None:
    write_assets(root, "assets.py", "@asset\ndef a(): return 1\n")
    before = discover().assets[0].fingerprint
    (root / "assets.toml").write_text('[staleness]\nenvironment = ["pytest"]')
    after = discover().assets[0].fingerprint
    assert before.environment != after.environment
    assert (before.code, before.config, before.io) == (after.code, after.config, after.io)


def test_live_objects_are_described_without_importing_anything() -> None:
    @asset
    def made() -> int:
        return 1

    raw = FileSource("raw", "raw.csv")
    manifest = describe_assets([made, raw, made])
    assert name_assets(manifest) == ["made"]
    assert manifest.assets[0].module == __name__
    assert manifest.assets[0].place.file == __file__
    assert "def made() -> int:" in manifest.code.members[manifest.assets[0].fingerprint.root].source
    assert [str(source.key) for source in manifest.sources] == ["raw"]
