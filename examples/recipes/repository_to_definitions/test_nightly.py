import nightly

from assetmake import repository


def test_the_job_runs_in_this_process():
    assert nightly.defs.get_job_def("my_job").execute_in_process().output_for_node("report") == "all is well"


def test_a_repository_gives_the_same():
    @repository
    def repo():
        return [nightly.report, nightly.my_job, nightly.my_schedule]

    assert [str(key) for key in repo.assets_defs_by_key] == ["report"]
    assert repo.has_job("my_job")
