"""`aula user`: accounts, roles, and help for who is locked out or robbed."""

from pathlib import Path

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from domain import users
from ops import accounts
from ops.cli.context import platform_settings, transact
from ops.cli.verb import data_option, print_json, verb

_role = click.Choice(["learner", "instructor", "admin", "operator"])


@click.group()
def user() -> None:
    """Create accounts, grant roles, end sessions, remove second factors."""


@user.command()
@click.argument("email")
@click.option("--name", default="", help="Display name; default: the part of the address before the @.")
@click.option("--role", "roles", multiple=True, type=_role, default=["learner"], show_default=True, help="Repeatable.")
@click.option("--password", envvar="AULA_NEW_PASSWORD", help="Asked for when absent; AULA_NEW_PASSWORD keeps it out of `ps`.")
@data_option
@verb
def create(email: str, name: str, roles: tuple[str, ...], password: str | None, data_dir: Path, as_json: bool) -> None:
    """Make an account."""
    settings = platform_settings(data_dir)
    chosen = password or click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)

    async def make(session: AsyncSession) -> dict[str, object]:
        user_id = await accounts.create(
            session, settings.api, email=email, password=chosen, display_name=name or email.partition("@")[0], roles=roles
        )
        return {"id": user_id, "email": users.normalise_email(email), "roles": sorted(roles)}

    made = transact(settings, make)
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made['email']} was made with the roles {', '.join(sorted(roles))}.")


@user.command("grant-role")
@click.argument("email")
@click.argument("role", type=_role)
@data_option
@verb
def grant_role(email: str, role: str, data_dir: Path, as_json: bool) -> None:
    """Give an account one more role."""

    async def grant(session: AsyncSession) -> dict[str, object]:
        changed = await users.grant_role(session, users.normalise_email(email), role)
        return {"id": changed.id, "email": changed.email, "roles": list(changed.roles)}

    changed = transact(platform_settings(data_dir), grant)
    if as_json:
        print_json(changed)
    else:
        click.echo(f"{email} is {role} now.")


@user.command("end-sessions")
@click.argument("email")
@data_option
@verb
def end_sessions(email: str, data_dir: Path, as_json: bool) -> None:
    """Sign an account out on every device, at once."""
    ended = transact(platform_settings(data_dir), lambda session: accounts.end_sessions(session, email))
    if as_json:
        print_json({"email": email, "ended": ended})
    else:
        click.echo(f"{ended} sessions of {email} were ended.")


@user.command("remove-totp")
@click.argument("email")
@data_option
@verb
def remove_totp(email: str, data_dir: Path, as_json: bool) -> None:
    """Switch an account's second factor off."""
    transact(platform_settings(data_dir), lambda session: accounts.remove_totp(session, email))
    if as_json:
        print_json({"ok": True, "email": email})
    else:
        click.echo(f"{email} signs in without a second factor now.")
