"""Who is signed in, and the gate that everything passes.

logins = Logins(store, edge.now, settings)
token, login = logins.sign_in("osei", password, address="10.0.0.4")
response.set_cookie(**cookie(settings, token))
logins.who(token_in(request.headers.raw, settings))
"""

from charting.access.cookies import Cookie, cookie, cookie_name, token_in
from charting.access.logins import Login, LoginChange, LoginListening, Logins, LoginState
from charting.access.passwords import hash_password, too_weak, verify_password

__all__ = [
    "Cookie",
    "Login",
    "LoginChange",
    "LoginListening",
    "LoginState",
    "Logins",
    "cookie",
    "cookie_name",
    "hash_password",
    "token_in",
    "too_weak",
    "verify_password",
]
