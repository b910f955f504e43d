"""Signed requests to an S3 service (AWS Signature Version 4), and the one place where its errors are translated."""

import base64
import datetime
import hashlib
import hmac
import http.client
import urllib.parse
import xml.etree.ElementTree as xml

# Of one request, in seconds. It bounds how long a restore can hang, and with it the lock (see `tenants`).
TIMEOUT = 10


class S3Error(Exception):
    """The service answered, and refused: `code` is its own word for why."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class S3Unreachable(Exception):
    """There was no answer at all: nothing is known about what the service holds."""


class S3:
    """One service and one account of it."""

    def __init__(self, endpoint, region, access_key_id, secret_access_key):
        url = urllib.parse.urlsplit(endpoint)
        self.endpoint = endpoint
        self._connection = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._host = url.netloc
        self._region = region
        self._account = (access_key_id, secret_access_key)

    def get(self, bucket="", **query):
        """Reads a bucket's sub-resource, or the list of buckets, as XML or JSON."""
        return self._send("GET", bucket, query, {}, b"")

    def put(self, bucket, body=b"", headers=None, **query):
        """Creates a bucket, or writes one of its sub-resources."""
        headers = dict(headers or {})
        if body:
            # Demanded for some sub-resources, and good for all.
            headers["content-md5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
        self._send("PUT", bucket, query, headers, body)

    def create(self, bucket, object_lock):
        """Creates a bucket. Only now can it be given object lock."""
        body = b""
        if self._region not in ("", "us-east-1"):
            body = f"<CreateBucketConfiguration><LocationConstraint>{self._region}</LocationConstraint></CreateBucketConfiguration>".encode()
        self.put(bucket, body, {"x-amz-bucket-object-lock-enabled": "true"} if object_lock else None)

    def bucket_names(self, prefix):
        """All buckets whose names begin with the prefix, to the last page."""
        names, query = [], {"prefix": prefix}
        while True:
            page = parsed(self.get(**query))
            names += [bucket.findtext("Name") for bucket in page.iter("Bucket")]
            following = page.findtext("ContinuationToken")
            if not following or following == query.get("continuation-token"):
                # Not every service knows the prefix.
                return [name for name in names if name.startswith(prefix)]
            query["continuation-token"] = following

    def _send(self, method, bucket, query, headers, body):
        path = "/" + urllib.parse.quote(bucket, safe="")
        query = "&".join(f"{quoted(name.replace('_', '-'))}={quoted(query[name])}" for name in sorted(query))
        headers = self._signed(method, path, query, headers, body)
        connection = self._connection(self._host, timeout=TIMEOUT)
        try:
            connection.request(method, f"{path}?{query}" if query else path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise S3Unreachable(f"the S3 service at {self.endpoint} does not answer: {error}") from error
        finally:
            connection.close()
        if response.status >= 300:
            raise refusal(f"{method} {path}?{query}", response.status, content)
        return content

    def _signed(self, method, path, query, headers, body):
        access_key_id, secret = self._account
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = headers | {"host": self._host, "x-amz-date": now, "x-amz-content-sha256": digest}
        names = sorted(headers)
        lines = [method, path, query, *(f"{name}:{headers[name]}" for name in names), "", ";".join(names), digest]
        scope = f"{now[:8]}/{self._region}/s3/aws4_request"
        asked = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{asked}".encode(), "sha256").hex()
        credential = f"Credential={access_key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        return headers | {"Authorization": f"AWS4-HMAC-SHA256 {credential}"}


def parsed(content):
    """XML of the service, without its namespace."""
    root = xml.fromstring(content)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def refusal(request, status, content):
    """What the service said when it refused."""
    try:
        answer = parsed(content)
        code, message = answer.findtext("Code") or str(status), answer.findtext("Message") or ""
    except xml.ParseError:
        code, message = str(status), "the answer is none of S3"
    return S3Error(code, f"the S3 service refuses {request}: {code}: {message}")


def quoted(text):
    """Percent-encoded as signatures want it."""
    return urllib.parse.quote(text, safe="-_.~")
