"""Starts the service as its environment says: see certification.yaml."""

import os
import signal
import sys

from .s3 import S3
from .service import Service
from .tenants import Tenants
from .tokens import Verifier


def main():
    """Serves until it is told to stop."""
    try:
        host, _, port = os.environ["LISTEN"].rpartition(":")
        s3 = S3(*(os.environ[name] for name in ("S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")))
        verifier = Verifier(os.environ["TOKEN_PUBLIC_KEY"])
        limit = int(os.environ["MAX_ARTIFACT_BYTES"])
    except KeyError as missing:
        sys.exit(f"the variable {missing.args[0]} is not set; README.md tells what each means")
    service = Service((host, int(port)), s3, Tenants(), verifier, limit)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on http://{host}:{port}", flush=True)
    service.serve_forever()


main()
