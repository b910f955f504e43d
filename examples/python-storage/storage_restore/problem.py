"""What a refused request is answered with (SPEC.md, R-S-2)."""


class Problem(Exception):
    """A refusal. `code` is for programs, `message` for people; `details` are findings, `extra` further members."""

    def __init__(self, status, code, message, details=(), extra=None, retry_after=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = list(details)
        self.extra = extra or {}
        self.retry_after = retry_after

    def body(self, correlation_id):
        """The error body. `error` and `message` hold the same text."""
        body = {"code": self.code, "error": self.message, "message": self.message, "correlation_id": correlation_id}
        if self.details:
            body["details"] = self.details
        return body | self.extra


def invalid(message):
    """A request that is not what the contract says."""
    return Problem(400, "INVALID_REQUEST", message)
