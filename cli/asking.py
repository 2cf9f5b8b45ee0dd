"""What `init` asks a person: the fields of an envelope, by mode of authentication (`kinetic_wise/credentials.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer

from cli.problem import Problem
from cli.shell import say

PRODUCTION, SANDBOX = "https://api.wise.com", "https://api.wise-sandbox.com"
_PLACES = {"sandbox": SANDBOX, "production": PRODUCTION}


@dataclass(frozen=True)
class Field:
    """One thing to ask. What is secret is not shown, neither as it is typed nor as it is stored."""

    name: str
    text: str
    secret: bool = False
    optional: bool = False  # nothing may be the answer


_USER, _PASSWORD = Field("user", "Epicor user"), Field("password", "Password", secret=True)
_CLIENT, _CLIENT_SECRET = Field("client_id", "Client id"), Field("client_secret", "Client secret", secret=True)
_API_KEY = Field("api_key", "API key", secret=True)
_TOKEN_USER = Field("user", "Epicor user that the token stands for", optional=True)
_GRANT_PASSWORD = Field("password", "Its password, for the password grant", secret=True, optional=True)
_OWN_SCOPE = Field("scope", "Scope, where it is not the usual one", optional=True)
_EPICOR: Mapping[str, tuple[Field, ...]] = {
    "basic": (_USER, _PASSWORD, _API_KEY),
    "token_resource": (_USER, _PASSWORD, _API_KEY),
    "epicor_idp": (_CLIENT, _CLIENT_SECRET, _TOKEN_USER, _GRANT_PASSWORD, _OWN_SCOPE, _API_KEY),
    "entra_id": (
        Field("tenant_id", "Tenant id"),
        _CLIENT,
        _CLIENT_SECRET,
        Field("scope", "Scope"),
        _TOKEN_USER,
        _API_KEY,
    ),
}
_WISE: Mapping[str, tuple[Field, ...]] = {
    "personal_token": (Field("personal_token", "API token", secret=True),),
    "client_credentials": (_CLIENT, _CLIENT_SECRET),
    "refresh_token": (_CLIENT, _CLIENT_SECRET, Field("refresh_token", "Refresh token", secret=True)),
}


def ask_epicor(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Epicor's address and credentials; Enter keeps what is stored."""
    say("\nEpicor", "bold")
    address = Field("url", "Address, up to and including the instance, such as https://host/SaaS123")
    return {**_kept(stored, _EPICOR), **_answer(address, stored), **_mode(stored, _EPICOR)}


def ask_wise(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Wise's address, environment and credentials; Enter keeps what is stored. Raises Abort."""
    say("\nWise", "bold")
    known = {url: name for name, url in _PLACES.items()}
    before = str(stored.get("url") or "")
    place = typer.prompt(
        "Which Wise: sandbox, production, or an address", default=known.get(before, before) or "sandbox"
    )
    url = _PLACES.get(place, place)
    environment = place if place in _PLACES else "other"
    if place == "production":
        typer.confirm("Production: real money moves. Are these its credentials?", abort=True)
    where = {"url": url, **({"environment": environment} if place in _PLACES else {})}
    kept = {name: value for name, value in _kept(stored, _WISE).items() if name != "environment"}
    answers = {**kept, **where, **_mode(stored, _WISE)}
    if environment == "other":
        key = _answer(Field("webhook_public_key", r"Its key for webhooks, PEM with \n between lines"), stored)
        answers |= {name: text.replace(r"\n", "\n") for name, text in key.items()}
    return answers


def choose(what: str, offered: Mapping[str, str], stored: str = "") -> str:
    """One of several, by number or by its own key; the stored one, or the only one, is offered first."""
    keys = list(offered)
    for number, key in enumerate(keys, 1):
        say(f"  {number}  {offered[key]}")
    default = stored if stored in offered else keys[0]
    answer = str(typer.prompt(what, default=default))
    chosen = answer if answer in offered else _numbered(keys, answer)
    if not chosen:
        raise Problem(f"{answer!r} is none of {', '.join(keys)}", "name one of them, or its number")
    return chosen


def choose_some(what: str, offered: tuple[str, ...], stored: tuple[str, ...]) -> tuple[str, ...]:
    """Some of several, separated by commas."""
    default = ",".join(one for one in stored if one in offered) or offered[0]
    answer = str(typer.prompt(f"{what} ({', '.join(offered)})", default=default))
    chosen = tuple(dict.fromkeys(one.strip() for one in answer.split(",") if one.strip()))
    missing = [one for one in chosen if one not in offered]
    if missing or not chosen:
        raise Problem(f"{', '.join(missing) or 'nothing'} is none of {', '.join(offered)}", "separate by commas")
    return chosen


def _numbered(keys: list[str], answer: str) -> str:
    return keys[int(answer) - 1] if answer.isdecimal() and 1 <= int(answer) <= len(keys) else ""


def _mode(stored: Mapping[str, Any], modes: Mapping[str, tuple[Field, ...]]) -> dict[str, Any]:
    before = str(stored.get("auth") or next(iter(modes)))
    mode = str(typer.prompt(f"How to log in: {', '.join(modes)}", default=before))
    if mode not in modes:
        raise Problem(f"{mode!r} is none of {', '.join(modes)}", "docs/credentials.md tells what each needs")
    answers: dict[str, Any] = {"auth": mode}
    for field in modes[mode]:
        is_of_mode = mode == before or not field.optional  # a password of another mode would choose a grant here
        answers |= _answer(field, stored if is_of_mode else {})
    return answers


def _answer(field: Field, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is answered; {} where nothing may be, and is."""
    before = stored.get(field.name) or ("" if field.optional else None)
    hint = " (Enter keeps the stored one)" if field.secret and before else " (Enter: none)" if before == "" else ""
    shown = bool(before) and not field.secret
    value = typer.prompt(f"{field.text}{hint}", default=before, hide_input=field.secret, show_default=shown)
    return {field.name: value} if value else {}


def _kept(stored: Mapping[str, Any], modes: Mapping[str, tuple[Field, ...]]) -> dict[str, Any]:
    """What is stored besides credentials; those of another mode are not kept."""
    asked = {field.name for fields in modes.values() for field in fields}
    return {name: value for name, value in stored.items() if name not in asked}
