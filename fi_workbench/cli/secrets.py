"""Where passwords of databases are found: the environment or the machine's keyring, by the name that settings give."""

from __future__ import annotations

import os


def find_secret(reference: str) -> str | None:
    """The secret that a reference names; None where there is none, or no keyring that can be asked.

    Args:
        reference: `env:NAME` or `keyring:SERVICE/ENTRY`.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        return os.environ.get(name)
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        secret: str | None = keyring.get_password(*name.split("/", 1))
    except (KeyringError, RuntimeError):
        return None
    return secret
