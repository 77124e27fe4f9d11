"""When the virtual environment has to be made anew."""

from fixtures.embedded.environment import STAMP, is_current, stamp


def make(folder, text="[project]\n"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    return folder


def mark(project, *, test):
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "python").touch()
    (project / ".venv" / STAMP).write_text(stamp(project, test=test))


def test_fits_until_pyproject_changes(tmp_path):
    project = make(tmp_path)
    assert not is_current(project / ".venv", project, test=False)
    mark(project, test=False)
    assert is_current(project / ".venv", project, test=False)
    make(tmp_path, "[project]\nname = 'x'\n")
    assert not is_current(project / ".venv", project, test=False)


def test_one_with_the_test_tools_serves_for_both(tmp_path):
    project = make(tmp_path)
    mark(project, test=True)
    assert is_current(project / ".venv", project, test=False)
    mark(project, test=False)
    assert not is_current(project / ".venv", project, test=True)


def test_a_copied_folder_makes_its_own(tmp_path):
    assert stamp(make(tmp_path / "a"), test=False) != stamp(make(tmp_path / "b"), test=False)
