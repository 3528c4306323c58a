import pytest
from warehouse import FolderOfTables


@pytest.fixture
def assetmake_resources(tmp_path):
    return {"snowflake_io_manager": FolderOfTables(folder=str(tmp_path))}


def test_the_table_is_written_where_the_test_says(assetmake_project, tmp_path):
    assert assetmake_project.build().ran == ["large_table", "large_total"]
    assert (tmp_path / "large_table.parquet").exists()
    assert assetmake_project.value("large_total") == sum(range(1000))


def test_a_table_that_was_lost_is_written_again(assetmake_project, tmp_path):
    assetmake_project.build()
    (tmp_path / "large_table.parquet").unlink()
    assert assetmake_project.build().ran == ["large_table"]
