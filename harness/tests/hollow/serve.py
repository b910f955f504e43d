"""Implementations that are none. Each says that it is ready, and then to everything the same: `serve.py MODE PORT`."""

import http.server
import json
import sys

ANSWERS = {
    # Accepts the connection and closes it without a word.
    "nothing": None,
    "200": (200, {}),
    # As a well-formed refusal, so that nothing but its content is wrong.
    "409": (409, {"code": "LOCK_HELD", "error": "try again", "message": "try again"}),
}
ANSWER = ANSWERS[sys.argv[1]]


class Hollow(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/readyz":
            self.send(200, {})
        elif ANSWER:
            self.send(*ANSWER)
        self.close_connection = True

    def send(self, status, body):
        correlation_id = self.headers.get("X-Correlation-Id", "")
        content = json.dumps(body | {"correlation_id": correlation_id}).encode()
        self.send_response(status)
        self.send_header("X-Correlation-Id", correlation_id)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = answer


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Hollow).serve_forever()
