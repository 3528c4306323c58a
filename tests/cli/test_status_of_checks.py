"""What `status` says of the checks that stand."""

from __future__ import annotations

from pathlib import Path

from real_project import RealProject


def test_status_names_checks_that_did_not_pass_with_what_is_so(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(
        """
        from assetmake import AssetCheckResult, AssetCheckSeverity, asset, asset_check


        @asset
        def ok() -> int:
            return 1


        @asset_check(asset=ok)
        def c_warn():
            return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN)


        @asset_check(asset=ok)
        def c_fail():
            return AssetCheckResult(passed=False)
        """
    )
    project.build(status=1)
    with (tmp_path / "assets.py").open("a") as stream:
        stream.write("\n\n@asset_check(asset=ok)\ndef c_new():\n    return AssetCheckResult(passed=True)\n")
    (line,) = [line for line in project.run("status").stdout.splitlines() if line.startswith("checks")]
    assert line == "checks: 1 warned (ok:c_warn), 1 failed (ok:c_fail), 1 to make (ok:c_new)"
