"""Who is one person: two callers that AWS authenticated may be the same (rule 14, money-cases.md H12).

Whoever may assume a role chooses the session's name. So a role counts as one person, unless its session names are
pinned: by Identity Center, or by the role's trust policy (setting `named_roles`).
"""

from __future__ import annotations

import re
from collections.abc import Collection

_SESSION = re.compile(r"arn:[\w-]+:sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/(?P<name>.+)")
_IDENTITY_CENTER = "AWSReservedSSO_"  # roles that only Identity Center makes; it names the sessions after its users


def person(caller: str, named_roles: Collection[str] = ()) -> str:
    """The person behind a caller's ARN, as far as it can be told; equal for callers that may be one person."""
    session = _SESSION.fullmatch(caller)
    if session is None:
        return caller
    if session["role"].startswith(_IDENTITY_CENTER):
        return f"identity-center/{session['name'].casefold()}"  # one user may hold several permission sets
    if session["role"] in named_roles:
        return f"{session['account']}/{session['name'].casefold()}"
    return f"{session['account']}/role/{session['role']}"
