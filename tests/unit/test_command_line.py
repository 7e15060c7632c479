"""What the command line does, says, and ends with."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from charting import edge
from charting.__main__ import app
from charting.access import Logins
from charting.command_line import serving
from charting.domain import Role, WrongSignIn
from charting.settings import Settings
from charting.store import restore
from charting.store.opening import open_clinic_store, store_url
from tests.clinic import KEY, Clinic
from tests.people import ANNE, KNEE, NURSE
from tests.synthetic import SyntheticAtlas

OK, NOT_DONE, WRONG_WORDS, DOES_NOT_VERIFY = range(4)
PASSWORD = "seven-quiet-otters"

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", key_file=tmp_path / "key" / "store.key")


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a clinic's environment, as from a script: nobody is at a terminal."""
    for name in list(os.environ):
        if name.startswith("CHARTING_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CHARTING_DATA", str(settings.data))
    monkeypatch.setenv("CHARTING_KEY_FILE", str(settings.key_file))
    return lambda *words, typed=None: CliRunner().invoke(app, [str(word) for word in words], input=typed)


@pytest.fixture
def add(run: Run) -> Callable[[str, str], Result]:
    def added(sign_in: str, role: str) -> Result:
        words = ("staff", "add", sign_in, "--name", sign_in.title(), "--role", role)
        return run(*words, "--password-file", "-", typed=f"{PASSWORD}\n")

    return added


# ---- the atlas ---------------------------------------------------------------------------------------------


def test_the_atlas_command_says_what_a_whole_atlas_holds(synthetic_folder: Path) -> None:
    said = CliRunner().invoke(app, ["atlas", "--folder", str(synthetic_folder)])
    assert said.exit_code == 0
    assert said.stdout.startswith("Body atlas 1.0.0 (")
    assert "  adult male, 1730 mm: 9 views (full 4, low back 1, elbow 4)\n    14 sites\n" in said.stdout
    assert said.stdout.endswith("  6 structures\n")


def test_the_atlas_command_says_which_file_is_damaged(draft: SyntheticAtlas, tmp_path: Path) -> None:
    (draft.write(tmp_path) / "adult_male" / "full_left.svg").write_text("<svg/>")
    said = CliRunner().invoke(app, ["atlas", "--folder", str(tmp_path)])
    assert said.exit_code == 1
    assert said.stderr.startswith("The body atlas cannot be used: adult_male/full_left.svg is damaged")


# ---- words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("serve", "--port", "0"),
        ("staff", "add", "osei"),
        ("restore",),
        ("staff", "role", "a", "king"),
    ],
)
def test_wrong_words_end_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == WRONG_WORDS


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CHARTING_PORT", "eighty", "CHARTING_PORT: "),
        ("CHARTING_HOST", "0.0.0.0", "CHARTING_ORIGINS must name the address"),
        ("CHARTING_ORIGINS", '["charting.example"]', "'charting.example' is not http://"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    result = run("verify")
    assert result.exit_code == WRONG_WORDS
    assert said in result.stderr


# ---- staff -------------------------------------------------------------------------------------------------


def test_whoever_was_added_can_sign_in(
    add: Callable[[str, str], Result], settings: Settings, run: Run
) -> None:
    assert add("osei", "doctor").exit_code == OK
    with open_clinic_store(settings) as store:
        _, login = Logins(store, edge.now, settings).sign_in("osei", PASSWORD, address="127.0.0.1")
    assert (login.staff.name, login.staff.role) == ("Osei", Role.DOCTOR)
    assert run("staff", "list").stdout == f"{'osei':<20} {'doctor':<14} Osei\n"


def test_an_empty_clinic_says_how_to_begin(run: Run) -> None:
    said = run("staff", "list")
    assert (said.exit_code, said.stdout) == (OK, "")
    assert "charting staff add" in said.stderr


@pytest.mark.parametrize(
    ("sign_in", "password", "code", "said"),
    [
        ("Osei!", PASSWORD, WRONG_WORDS, "A sign-in name has"),
        ("osei", "short", NOT_DONE, "A password has at least 12 characters."),
        ("osei", "", NOT_DONE, "A password has at least 12 characters."),
        ("osei", f"{PASSWORD}\nand more", NOT_DONE, "A password file holds one line."),
    ],
)
def test_nobody_is_added_with_a_name_or_password_that_is_refused(
    run: Run, sign_in: str, password: str, code: int, said: str
) -> None:
    words = ("staff", "add", sign_in, "--name", "Dr. R. Osei", "--role", "doctor", "--password-file", "-")
    result = run(*words, typed=password)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert run("staff", "list").stdout == ""


def test_a_password_is_never_an_argument_and_without_a_terminal_never_asked_for(run: Run) -> None:
    words = ("staff", "add", "osei", "--name", "Dr. R. Osei", "--role", "doctor")
    asked = run(*words, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == WRONG_WORDS
    assert "--password-file" in asked.stderr
    assert run(*words, "--password", PASSWORD).exit_code == WRONG_WORDS


def test_a_password_of_a_file_is_taken_without_its_line_end(
    run: Run, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\r\n")
    words = ("staff", "add", "osei", "--name", "Dr. R. Osei", "--role", "doctor", "--password-file", file)
    assert run(*words).exit_code == OK
    with open_clinic_store(settings) as store:
        Logins(store, edge.now, settings).sign_in("osei", PASSWORD, address="127.0.0.1")


def test_a_name_that_is_taken_is_refused(add: Callable[[str, str], Result]) -> None:
    add("osei", "doctor")
    again = add("osei", "nurse")
    assert again.exit_code == NOT_DONE
    assert again.stderr.startswith("That is taken already: ")


def test_another_role_and_another_password_hold_at_once(
    add: Callable[[str, str], Result], run: Run, settings: Settings
) -> None:
    add("osei", "nurse")
    assert run("staff", "role", "osei", "doctor").stdout == "osei is doctor from now on.\n"
    assert run("staff", "password", "osei", "--password-file", "-", typed="nine-loud-herons").exit_code == OK
    with open_clinic_store(settings) as store:
        logins = Logins(store, edge.now, settings)
        _, login = logins.sign_in("osei", "nine-loud-herons", address="127.0.0.1")
        assert login.staff.role is Role.DOCTOR
        with pytest.raises(WrongSignIn):
            logins.sign_in("osei", PASSWORD, address="127.0.0.1")


def test_whoever_has_left_can_sign_in_no_longer_and_is_still_listed(
    add: Callable[[str, str], Result], run: Run, settings: Settings
) -> None:
    add("osei", "doctor")
    with open_clinic_store(settings) as store:
        token, _ = Logins(store, edge.now, settings).sign_in("osei", PASSWORD, address="127.0.0.1")
    assert run("staff", "deactivate", "osei").exit_code == OK
    with open_clinic_store(settings) as store:
        logins = Logins(store, edge.now, settings)
        assert logins.find(token) is None
        with pytest.raises(WrongSignIn):
            logins.sign_in("osei", PASSWORD, address="127.0.0.1")
    assert "(has left)" in run("staff", "list").stdout


@pytest.mark.parametrize("words", [("role", "admin", "doctor"), ("deactivate", "admin")])
def test_someone_who_runs_the_clinic_always_remains(
    add: Callable[[str, str], Result], run: Run, words: tuple[str, ...]
) -> None:
    add("admin", "administrator")
    refused = run("staff", *words)
    assert refused.exit_code == NOT_DONE
    assert "nobody would be left who may run the clinic" in refused.stderr
    add("second", "administrator")
    assert run("staff", *words).exit_code == OK


def test_someone_unknown_is_named(run: Run) -> None:
    said = run("staff", "deactivate", "nobody")
    assert (said.exit_code, said.stderr) == (NOT_DONE, "There is no such member of staff: nobody.\n")


# ---- the record --------------------------------------------------------------------------------------------


@pytest.fixture
def record(clinic: Clinic, run: Run, tmp_path: Path, settings: Settings) -> Clinic:
    """A small clinic's record, where the environment says it is."""
    settings.key_file.parent.mkdir()
    settings.key_file.write_text(KEY.hex())
    settings.key_file.chmod(0o600)
    clinic.placed(clinic.start())
    backup = clinic.store.backup(tmp_path / "moving")
    restore(backup, store_url(settings.data), key=KEY)
    return clinic


def test_a_record_that_fits_says_so_and_gives_its_anchor(record: Clinic, run: Run) -> None:
    said = run("verify")
    assert (said.exit_code, said.stderr) == (OK, "")
    assert re.fullmatch(
        r"The record is what was written: \d+ subjects, \d+ steps, 0 signed documents, "
        r"anchor [0-9a-f]{16}\.\n",
        said.stdout,
    )


def test_a_row_that_was_changed_behind_the_programs_back_ends_with_3(
    record: Clinic, run: Run, settings: Settings
) -> None:
    with open_clinic_store(settings) as store, store.transaction() as connection:
        connection.exec_driver_sql("UPDATE patients SET family_name = 'Roy'")
    said = run("verify")
    assert (said.exit_code, said.stdout) == (DOES_NOT_VERIFY, "")
    assert f"The first row that does not fit: patients {ANNE.id}: " in said.stderr.replace(
        ANNE.id.hex, str(ANNE.id)
    )
    assert "Roy" not in said.stderr


def test_a_backup_is_restored_elsewhere_and_is_the_same_record(
    record: Clinic, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor = run("verify").stdout.split("anchor ")[1]
    made = run("backup", tmp_path / "copies")
    assert made.exit_code == OK
    folder = Path(made.stdout.strip())
    assert folder.parent == tmp_path / "copies"
    assert "the key" in made.stderr
    elsewhere = tmp_path / "elsewhere"
    restored = run("restore", folder, "--to", elsewhere)
    assert restored.exit_code == OK
    assert restored.stdout.startswith("Restored and checked: ")
    assert f"CHARTING_DATA={elsewhere}" in restored.stderr
    monkeypatch.setenv("CHARTING_DATA", str(elsewhere))
    assert run("verify").stdout.split("anchor ")[1] == anchor


def test_a_backup_goes_to_the_data_folder_unless_told_otherwise(
    record: Clinic, run: Run, settings: Settings
) -> None:
    assert Path(run("backup").stdout.strip()).parent == settings.data / "backups"


def test_a_record_is_never_overwritten_by_a_backup(record: Clinic, run: Run, settings: Settings) -> None:
    made = Path(run("backup").stdout.strip())
    before = (settings.data / "charting.db").read_bytes()
    refused = run("restore", made, "--to", settings.data)
    assert refused.exit_code == NOT_DONE
    assert "a store is never overwritten" in refused.stderr
    assert (settings.data / "charting.db").read_bytes() == before


def test_a_damaged_backup_is_refused_and_leaves_nothing(record: Clinic, run: Run, tmp_path: Path) -> None:
    made = Path(run("backup").stdout.strip())
    file = made / "store.db"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    refused = run("restore", made, "--to", tmp_path / "elsewhere")
    assert refused.exit_code == NOT_DONE
    assert "is damaged: its store.db" in refused.stderr
    assert not (tmp_path / "elsewhere" / "charting.db").exists()


def test_restoring_without_or_with_two_targets_is_refused(record: Clinic, run: Run, tmp_path: Path) -> None:
    made = run("backup").stdout.strip()
    assert run("restore", made).exit_code == WRONG_WORDS
    assert run("restore", made, "--to", tmp_path / "elsewhere", "--to-database").exit_code == WRONG_WORDS
    assert run("restore", made, "--to-database").exit_code == WRONG_WORDS


@pytest.mark.parametrize("words", [("verify",), ("backup",)])
def test_where_there_is_no_record_none_is_made(run: Run, settings: Settings, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert (said.exit_code, said.stdout) == (NOT_DONE, "")
    assert "there is no store" in said.stderr
    assert not settings.data.exists()
    assert not settings.key_file.exists()


def test_a_record_without_its_key_is_refused_and_gets_no_new_one(
    record: Clinic, run: Run, settings: Settings
) -> None:
    settings.key_file.unlink()
    for words in (("verify",), ("staff", "list"), ("upgrade",)):
        said = run(*words)
        assert said.exit_code == NOT_DONE
        assert said.stderr == f"The key does not open the store: there is no key file {settings.key_file}.\n"
    assert not settings.key_file.exists()


def test_a_key_that_others_may_read_is_refused(record: Clinic, run: Run, settings: Settings) -> None:
    settings.key_file.chmod(0o644)
    said = run("verify")
    assert said.exit_code == NOT_DONE
    assert "make it mode 0600" in said.stderr


def test_a_file_that_is_no_record_is_refused_in_words(run: Run, settings: Settings) -> None:
    run("staff", "list")
    for name in ("charting.db-wal", "charting.db-shm"):
        (settings.data / name).unlink(missing_ok=True)
    (settings.data / "charting.db").unlink()
    with sqlite3.connect(settings.data / "charting.db") as other:
        other.execute("CREATE TABLE notes (words TEXT)")
    other.close()
    said = run("verify")
    assert said.exit_code == NOT_DONE
    assert "Traceback" not in said.output
    assert "key does not open the store" in said.stderr


def test_upgrading_a_record_of_this_release_changes_nothing(record: Clinic, run: Run) -> None:
    before = run("verify").stdout
    assert run("upgrade").stdout == "The record is of this release.\n"
    assert run("verify").stdout == before


# ---- on paper ----------------------------------------------------------------------------------------------


@pytest.fixture
def session_id(record: Clinic) -> str:
    (session,) = record.desk.course(NURSE, KNEE.id).sessions
    return str(session.session_id)


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("svg", b"<svg "), ("png", b"\x89PNG")])
def test_a_chart_is_written_in_the_form_that_its_name_ends_with(
    run: Run, session_id: str, tmp_path: Path, form: str, begins: bytes
) -> None:
    said = run("chart", session_id, "--to", tmp_path / f"out.{form}")
    assert said.exit_code == OK, said.output
    for name in said.stdout.splitlines():
        assert Path(name).read_bytes().startswith(begins)
        assert Path(name).stat().st_mode & 0o077 == 0


def test_a_chart_without_a_name_is_called_by_the_sessions_id_alone(
    run: Run, session_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("chart", f"http://localhost:8080/sessions/{session_id}")
    assert said.stdout == f"chart-{session_id}.pdf\n"
    assert (tmp_path / said.stdout.strip()).is_file()


def test_a_course_map_is_written_whole_or_of_one_view(run: Run, session_id: str, tmp_path: Path) -> None:
    whole = run("map", KNEE.id, "--to", tmp_path / "map.pdf")
    assert whole.exit_code == OK, whole.output
    view = run("map", KNEE.id, "--view", "knee_right_medial", "--to", tmp_path / "view.svg")
    assert view.stdout == f"{tmp_path / 'view.svg'}\n"
    assert "Right knee, medial" in (tmp_path / "view.svg").read_text()


def test_an_unknown_view_is_refused_with_those_that_there_are(
    run: Run, session_id: str, tmp_path: Path
) -> None:
    said = run("map", KNEE.id, "--view", "knee", "--to", tmp_path / "map.svg")
    assert said.exit_code == NOT_DONE
    assert "  knee_right_medial\n" in said.stderr
    assert list(tmp_path.glob("map*")) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("chart", "the last one"), WRONG_WORDS, "'the last one' is not the id of a session"),
        (("map", "the knee"), WRONG_WORDS, "'the knee' is not the id of a course"),
        (("chart", ANNE.id), NOT_DONE, "There is no such session: "),
        (("map", ANNE.id), NOT_DONE, "There is no such course: "),
        (
            ("chart", ANNE.id, "--to", "chart.docx"),
            WRONG_WORDS,
            "chart.docx should end with .pdf, .svg or .png",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(
    record: Clinic, run: Run, words: tuple[object, ...], code: int, said: str
) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_a_chart_that_cannot_be_written_leaves_nothing(run: Run, session_id: str, tmp_path: Path) -> None:
    said = run("chart", session_id, "--to", tmp_path / "nowhere" / "chart.pdf")
    assert said.exit_code == NOT_DONE
    assert "cannot be written: No such file or directory" in said.stderr


# ---- the demo ----------------------------------------------------------------------------------------------


def test_a_folder_that_holds_something_else_is_never_a_demos(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear Anne")
    for words in ((), ("--fresh",)):
        said = run("demo", "--folder", folder, *words)
        assert said.exit_code == NOT_DONE
        assert "holds something else than a demo" in said.stderr
    assert [file.name for file in folder.iterdir()] == ["letter.txt"]


def test_the_demo_is_for_this_computer_alone_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHARTING_DATABASE_URL", "postgresql+psycopg://clinic.example/record")
    monkeypatch.setenv("CHARTING_HOST", "0.0.0.0")
    monkeypatch.setenv("CHARTING_DATA", str(tmp_path / "clinic"))
    monkeypatch.setenv("CHARTING_HTTPS", "true")
    settings = serving.demo_settings(tmp_path / "demo", 8080)
    assert (settings.database_url, settings.host, settings.https) == (None, "127.0.0.1", False)
    assert settings.data == tmp_path / "demo" / "data"


def test_a_port_that_is_in_use_is_said_and_the_demo_takes_the_next_one(run: Run, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for words in (("serve",), ("demo", "--folder", tmp_path / "demo")):
            said = run(*words, "--port", port)
            assert said.exit_code == NOT_DONE
            assert f"Port {port} is in use" in said.stderr
        assert serving.free_port(port) > port


def test_the_demo_starts_prints_who_can_sign_in_and_keeps_what_was_charted(
    tmp_path: Path, real_atlas: object
) -> None:
    folder = tmp_path / "demo"
    first = Demo(folder)
    try:
        lines = first.announced()
        assert re.search(r"Doctor +doctor +\S{12,}", lines)
        assert re.search(r"Administrator +admin +\S{12,}", lines)
        with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/healthz") as answer:
            assert answer.status == 200
        second = Demo(folder)
        assert second.process.wait(timeout=60) == NOT_DONE
        assert "is running already" in second.process.stderr.read()
        second.process.stderr.close()
    finally:
        assert first.end() == OK
    settings = serving.demo_settings(folder, first.port)
    with open_clinic_store(settings) as store:
        anchor = store.verify().anchor
        assert store.verify().fits
    again = Demo(folder)
    try:
        again.announced()
    finally:
        again.end()
    with open_clinic_store(settings) as store:
        assert store.verify().anchor == anchor


def test_what_was_half_made_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    settings = serving.demo_settings(folder, 8080)
    with serving.alone_in(folder):
        open_clinic_store(settings).close()
    with serving.alone_in(folder):
        made_at = serving.make_ready(folder, settings, fresh=False)
    with serving.alone_in(folder):
        assert serving.make_ready(folder, settings, fresh=False) == made_at
    with open_clinic_store(settings) as store, store.reading() as record:
        assert len(record.worklist(50)) == 12


class Demo:
    """A demo in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = serving.free_port(18_400)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "charting", "demo", "--folder", str(folder), "--port", str(self.port)],
            stderr=subprocess.PIPE,
            text=True,
        )

    def announced(self) -> str:
        """Wait for the last line that it says once it answers, and return all."""
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if "Ctrl+C" in line:
                break
        return "".join(lines)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stderr.close()
        return code
