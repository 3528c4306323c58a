"""The summary in Markdown: what it tells, that nobody's text is markup in it, and that it is never too large."""

from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path

import pytest
from stories import FINISHED, HOSTILE, answer, build, fail, finish, make_places, start, tell

from assetmake.discovery.manifest import ModuleFailure
from assetmake.events import AssetFinished, NodesSkipped, NodesSpared, Warned
from assetmake.reporting.markdown_summary import BUDGET, write_code, write_summary
from assetmake.reporting.run_story import Ending, RunStory

CODE = re.compile(r"<code>[^<>\n]*</code>")
BLOCK = re.compile(r"<pre>\n[^<>]*\n</pre>")
OURS = re.compile(r"</?(?:details|summary)>")


def find_markup(summary: str) -> list[str]:
    """Return what is markup in a summary and is not ours."""
    left = BLOCK.sub("", summary)
    codes = CODE.findall(left)
    left = OURS.sub("", CODE.sub("CODE", left))
    wrong = re.findall(r"<[^ ].*|&[^#]|`.*|\]\(.*|@.*|www\..*", left)
    return wrong + [code for code in codes if re.search(r"[|*`\[\]$\\~{}^#]", code.replace("&#", ""))]


def test_a_build_is_a_table_of_what_ran_and_why(tmp_path: Path) -> None:
    story = tell(
        start(),
        build("orders"),
        AssetFinished("orders", 1, 0, 0, 0, 0, "output_missing", "", 1.5),
        build("daily", 28),
        fail("daily", "k1"),
        AssetFinished("daily", 28, 0, 0, 1, 0, "missing", "2026-01-01..2026-01-29", 75),
        NodesSkipped("report", 1, "daily failed"),
        AssetFinished("report", 0, 0, 0, 0, 1, "upstream changed", "", 0),
        NodesSpared("spare", 1),
        AssetFinished("spare", 0, 0, 1, 0, 0, "", "", 0),
        answer("orders:fine", "failed", said="a hole"),
        finish(built=29, fresh=3, failed=1, skipped=1, checks_failed=1, checks_passed=30),
    )
    summary = write_summary(story, make_places(tmp_path, daily=["daily"]))
    assert summary.startswith(
        """\
### assetmake build: failed

29 built, 3 fresh, 1 failed, 1 skipped; 30 of 31 checks passed (12.5s)

| asset | result | partitions | why | time |
| --- | --- | --- | --- | ---: |
| <code>daily</code> | **failed** | 28 built, 1 failed | missing | 1m 15s |
| <code>report</code> | **skipped** |  | <code>daily failed</code> |  |
| <code>orders</code> | built |  | output missing | 1.5s |
| <code>spare</code> | spared |  | upstream came out the same |  |

#### Failures

<details><summary><code>daily@k1</code> at <code>project/assets.py:7</code>: <code>ValueError: boom</code></summary>

<pre>
Traceback (most recent call last):
  File "assets.py", line 7, in f
ValueError: boom
</pre>

</details>
"""
    )
    assert summary.endswith("| <code>orders:fine</code> | **failed** | <code>a hole</code> |\n\n")


def test_the_end_of_the_log_is_folded_up_with_the_failure(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    failed = dataclasses.replace(fail("orders"), log="run.log")
    printed = "\n".join(f"line {number}" for number in range(200))
    (places.project / "run.log").write_text(f"{printed}\n<b>\n{failed.traceback}")
    summary = write_summary(tell(failed), places)
    assert "log: run.log\n... 141 lines ...\nline 141\n" in summary
    assert "line 199\n&lt;b&gt;\n</pre>" in summary
    assert summary.count("ValueError: boom") == 2  # the title, and the traceback once


@pytest.mark.parametrize(
    ("story", "head"),
    [
        (tell(start(to_run=0, partitions=31), FINISHED), "up to date\n\nup to date: 3 assets, 31 partitions (12.5s)"),
        (tell(start(assets=0, to_run=0), FINISHED), "up to date\n\nnothing"),
        (
            tell(dataclasses.replace(start(assets=0, to_run=0), standing=2), FINISHED),
            "up to date\n\nchecked: 2 checks, nothing has changed",
        ),
        (tell(start(), build("a"), finish(built=1)), "done\n\n1 built (12.5s)"),
        (tell(start(), finish(interrupted=True)), "stopped before the end"),  # type: ignore[arg-type]
        (
            RunStory(ending=Ending("LockTimeout", "run r2 has it", "wait")),
            "not done\n\n**LockTimeout**: <code>run r2 has it</code> (hint: <code>wait</code>)",
        ),
        (RunStory(broken=(ModuleFailure("m", "m.py", "KeyError: 1", "..."),)), "failed\n\n#### Modules that did not"),
    ],
)
def test_it_begins_with_how_it_ended(story: RunStory, head: str) -> None:
    assert write_summary(story, None).startswith(f"### assetmake build: {head}")


def test_no_text_of_anybody_s_is_markup(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    (places.project / "run.log").write_text("</pre></details>\n\n# title\n" + HOSTILE.replace("\ud800\udcff", ""))
    failed = dataclasses.replace(fail("a", HOSTILE, message=HOSTILE), log="run.log")
    story = tell(
        failed,
        NodesSkipped("b|c", 1, HOSTILE),
        build("a_*b*_c"),
        answer("a:c", "failed", HOSTILE, said=HOSTILE),
        Warned(HOSTILE, hint=HOSTILE),
    )
    story.broken = (ModuleFailure(HOSTILE, HOSTILE, HOSTILE, HOSTILE),)
    story.ending = Ending("E", HOSTILE, HOSTILE)
    summary = write_summary(story, places)
    assert find_markup(summary) == []
    assert find_markup(summary.replace("<pre>", "")) != []
    table = [line for line in summary.splitlines() if line.startswith("| ") and "<code>" in line]
    assert {line.count("|") for line in table} == {6, 4}
    summary.encode("utf-8")


def test_what_is_escaped_reads_as_it_was() -> None:
    for text in (
        "a|b",
        "my_asset",
        "_private_",
        "x*y*z",
        "`code`",
        "<b>",
        "a@b.c",
        "http://x/y",
        "www.x.y",
        "50%",
        "$a$",
    ):
        assert html.unescape(write_code(text)) == f"<code>{text}</code>"
    assert write_code("my_asset@2026-01-01: x/y.py:3") == "<code>my_asset@2026-01-01: x/y.py:3</code>"


def test_however_much_happens_it_stays_small_and_says_what_is_left_out(tmp_path: Path) -> None:
    long = "x|" * 3_000
    story = tell(
        *(build(f"{number}{long}") for number in range(1_000)),
        *(NodesSkipped(f"s{number}", 1, long) for number in range(50)),
        *(fail(f"f{number}", message=long) for number in range(200)),
        *(answer(f"a:{number}", "failed", long, said=long) for number in range(200)),
        *(Warned(long, hint=long) for _ in range(200)),
    )
    story.broken = tuple(ModuleFailure(f"m{number}", "m.py", long, long) for number in range(100))
    summary = write_summary(story, make_places(tmp_path))
    assert len(summary.encode()) <= BUDGET
    assert re.search(r"\n\d+ more lines and blocks are left out: there is no room for them.\n$", summary)
    assert find_markup(summary) == []


def test_of_many_some_are_told_those_that_failed_first() -> None:
    story = tell(
        *(build(f"a{number}") for number in range(300)),
        *(fail(f"f{number}") for number in range(30)),
        *(answer(f"a:{number}", "warned") for number in range(60)),
        *(Warned(f"w{number}") for number in range(25)),
        finish(built=300, failed=30),
    )
    summary = write_summary(story, None)
    assert summary.index("| <code>f29</code> |") < summary.index("| <code>a0</code> |")
    assert "\n130 more assets: 130 built.\n" in summary
    assert summary.count("<details>") == 20
    assert "\n10 more failed, too.\n" in summary
    assert "\n10 more did not pass.\n" in summary
    assert "\n- 5 more warnings\n" in summary
