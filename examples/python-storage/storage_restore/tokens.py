"""Who is calling: bearer tokens, signed with Ed25519 (R-E1-8).

The standard library of Python verifies no signatures, and nobody should write that by hand: `openssl` does it, in a
process of its own for each request. That costs a few milliseconds, which a restore does not notice.
"""

import base64
import binascii
import json
import os
import subprocess
import tempfile
import time

from .problem import Problem

EXPORT = "platform:admin:config:export"
RESTORE = "platform:admin:config:reprovision"
TENANTS = "platform:admin:tenants"

PRIVILEGED = {"superadmin", "sre"}


class Verifier:
    """Verifies tokens with one public key, given as PEM."""

    def __init__(self, public_key):
        self._folder = tempfile.TemporaryDirectory(prefix="storage-restore-")
        self._key = self._write("key.pem", public_key.encode())

    def require(self, authorization, scope):
        """Fails unless the header `Authorization` holds a good token with this scope, or with a privileged role."""
        claims = self._claims(authorization)
        if PRIVILEGED.isdisjoint(words(claims.get("roles"))) and scope not in words(claims.get("scope")):
            raise Problem(403, "FORBIDDEN", f"this needs the scope `{scope}`, or the role superadmin or sre")

    def _claims(self, authorization):
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("there is no bearer token")
        try:
            head, claims, signature = token.split(".")
            algorithm = json.loads(decoded(head)).get("alg")
            signature = decoded(signature)
            claims = json.loads(decoded(claims))
        except (ValueError, AttributeError) as error:
            raise unauthorized("the token is none: it is not three parts of base64 and JSON") from error
        # The key says what is accepted, never the token: a token without a signature would choose `none`.
        if algorithm != "EdDSA" or not self._is_signed(token.rpartition(".")[0].encode(), signature):
            raise unauthorized("the token is not signed by the key that is trusted here")
        expires = claims.get("exp") if isinstance(claims, dict) else None
        if not isinstance(expires, (int, float)) or expires <= time.time():
            raise unauthorized("the token has expired")
        return claims

    def _is_signed(self, message, signature):
        files = [self._write(None, message), self._write(None, signature)]
        try:
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", self._key, "-rawin"]
            command += ["-in", files[0], "-sigfile", files[1]]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        finally:
            for file in files:
                os.unlink(file)

    def _write(self, name, content):
        if name is None:
            handle, path = tempfile.mkstemp(dir=self._folder.name)
        else:
            path = os.path.join(self._folder.name, name)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return path


def decoded(part):
    """Base64 as tokens have it: for URLs, and without padding."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def words(claim):
    """A list, or one string of words."""
    if isinstance(claim, str):
        return claim.split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else []


def unauthorized(message):
    """Nobody is known to be calling."""
    return Problem(401, "UNAUTHORIZED", message)
