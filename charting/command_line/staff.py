"""``charting staff``: who may use the tool. Passwords are typed hidden or read from a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from charting import edge
from charting.command_line.telling import WRONG_WORDS, fail, in_words, read_settings, say
from charting.domain import Conflict, Role, Staff, StaffNotFound, WeakPassword

if TYPE_CHECKING:
    from charting.access import Logins
    from charting.settings import Settings
    from charting.store import Kept, Reader, Store, Writer

app = typer.Typer(no_args_is_help=True, help="Say who may use the tool.")

SignIn = Annotated[str, typer.Argument(metavar="SIGN_IN", help="The name to sign in with.")]
PasswordFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Read the password from a file, or - .", show_default=False),
]


@app.command(name="list")
def list_() -> None:
    """List everyone, those who have left too."""
    with _clinic() as (_settings, store), store.reading() as record:
        everyone = [(kept.value, record.password_hash(kept.value.id)) for kept in record.all_staff()]
    for member, password in everyone:
        notes = [] if member.active else ["has left"]
        notes += [] if password else ["no password yet"]
        line = f"{member.sign_in:<20} {member.role:<14} {member.name}"
        typer.echo(f"{line}  ({', '.join(notes)})" if notes else line)
    if not everyone:
        say("Nobody yet: charting staff add SIGN_IN --name NAME --role administrator")


@app.command()
def add(
    sign_in: SignIn,
    name: Annotated[str, typer.Option(help="As it stands on a chart: 'Dr. R. Osei'.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    password_file: PasswordFile = None,
) -> None:
    """Let someone use the tool."""
    try:
        member = Staff(id=edge.new_id(), sign_in=sign_in, name=name, role=role)
    except ValidationError as misfit:
        wrong = misfit.errors()[0]["loc"][0]
        fail(
            "A sign-in name has 2 to 64 small letters, digits and . _ @ -, and begins with a letter or digit."
            if wrong == "sign_in"
            else "The name must be one line that can be read, of at most 200 characters.",
            WRONG_WORDS,
        )
    with _clinic() as (settings, store):
        from charting.access import hash_password, too_weak

        password = _new_password(password_file)
        if weakness := too_weak(password, (member.sign_in, member.name, settings.clinic)):
            raise WeakPassword("the password was refused", weakness)
        kept, at = hash_password(password), edge.now()
        with store.writing() as record:
            record.put_staff(member, seen=None, by=None, at=at, command_id=edge.new_id())
            record.set_password_hash(member.id, kept, by=None, at=at, command_id=edge.new_id())
    typer.echo(f"{member.sign_in} can sign in as {member.role}.")


@app.command()
def role(sign_in: SignIn, role: Annotated[Role, typer.Argument(help="What they may do now.")]) -> None:
    """Give someone another role."""
    with _clinic() as (_settings, store), store.writing() as record:
        _put(record, _member(record, sign_in), role=role)
    typer.echo(f"{sign_in} is {role} from now on.")


@app.command()
def password(sign_in: SignIn, password_file: PasswordFile = None) -> None:
    """Give someone another password; it ends their logins."""
    with _clinic() as (settings, store):
        with store.reading() as record:
            member = _member(record, sign_in).value
        _logins(settings, store).set_password(member.id, _new_password(password_file), by=None)
    typer.echo(f"{sign_in} has another password; their logins have ended.")


@app.command()
def deactivate(sign_in: SignIn) -> None:
    """Let someone use the tool no longer; what they signed stays theirs."""
    with _clinic() as (settings, store):
        with store.writing() as record:
            member = _put(record, _member(record, sign_in), active=False)
        _logins(settings, store).end_all(member.id)
    typer.echo(f"{sign_in} can sign in no longer; their logins have ended.")


@contextmanager
def _clinic() -> Iterator[tuple[Settings, Store]]:
    from charting.store.opening import open_clinic_store

    settings = read_settings()
    with in_words(), open_clinic_store(settings) as store:
        yield settings, store


def _logins(settings: Settings, store: Store) -> Logins:
    from charting.access import Logins

    return Logins(store, edge.now, settings)


def _member(record: Reader, sign_in: str) -> Kept[Staff]:
    member = record.staff_by_sign_in(sign_in)
    if member is None:
        raise StaffNotFound(sign_in)
    return member


def _put(record: Writer, kept: Kept[Staff], **changed: object) -> Staff:
    """Save a member of staff with what changed, as done at the machine and by nobody of the staff."""
    from charting.desk import Act, may

    member = kept.value.model_copy(update=changed)
    others = (one.value for one in record.all_staff() if one.value.id != member.id)
    if may(kept.value, Act.RUN_CLINIC) and not any(may(one, Act.RUN_CLINIC) for one in (member, *others)):
        raise Conflict("nobody would be left who may run the clinic")
    record.put_staff(member, seen=kept.revision, by=None, at=edge.now(), command_id=edge.new_id())
    return member


def _new_password(file: str | None) -> str:
    """Return a password: of a file, of standard input, or typed twice without being shown."""
    if file is None:
        if not sys.stdin.isatty():
            fail("Nobody is here to type a password: give --password-file FILE, or - .", WRONG_WORDS)
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"The password file {file} cannot be read.")
    first, *more = text.splitlines() or [""]
    if more:
        fail("A password file holds one line.")
    return first
