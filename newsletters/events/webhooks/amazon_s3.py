"""A mail that Amazon SES left in a bucket of Amazon S3: asked for by a signed GET, at Amazon's host of a region alone.

The key is that of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Where boto3 is installed, as anymail needs it to send by
Amazon SES, it is whatever boto3 finds, the role of the machine too.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from django.utils import timezone

from newsletters.events.webhooks.kept_mails import LONGEST_KEPT, CannotFetch, HostAnswer, ask

NO_KEY = (
    "The email is in Amazon S3, and there is no key to fetch it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or"
    " install boto3, which finds the role of the machine."
)
_NOTHING = hashlib.sha256(b"").hexdigest()  # of the body that a GET has
_REGION = re.compile(r"[a-z0-9-]{5,30}")
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AwsKey:
    number: str
    secret: str
    token: str = ""  # of a role, which has its key for some hours


def aws_key() -> AwsKey:
    """Raises `CannotFetch` where there is none."""
    if number := os.environ.get("AWS_ACCESS_KEY_ID"):
        return AwsKey(number, os.environ.get("AWS_SECRET_ACCESS_KEY", ""), os.environ.get("AWS_SESSION_TOKEN", ""))
    try:
        from boto3.session import Session
    except ImportError:
        raise CannotFetch(NO_KEY) from None
    found = Session().get_credentials()
    if found is None:
        raise CannotFetch(NO_KEY)
    frozen = found.get_frozen_credentials()
    return AwsKey(frozen.access_key, frozen.secret_key, frozen.token or "")


def fetch_object(partition: str, region: str, bucket: str, name: str) -> bytes:
    """The beginning of an object. `partition` is the part of Amazon's network, as in an ARN; `region` where the bucket
    most likely is: where it isn't, S3 says where. Raises `CannotFetch`."""
    answer = _ask(partition, region, bucket, name)
    other = answer.headers.get("x-amz-bucket-region", "")
    if answer.status in {301, 307, 400} and other not in {"", region} and _REGION.fullmatch(other):
        answer = _ask(partition, other, bucket, name)
    if answer.status in {200, 206}:
        return answer.body
    hint = " May its key read the bucket (s3:GetObject)?" if answer.status == 403 else ""
    raise CannotFetch(f"Amazon S3 answered {answer.status} for {bucket}/{name}.{hint}")


def host_of_region(partition: str, region: str) -> str:
    """With its scheme."""
    return f"https://s3.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"


def _ask(partition: str, region: str, bucket: str, name: str) -> HostAnswer:
    address = f"{host_of_region(partition, region)}/{_quoted(bucket)}/{_quoted(name)}"
    headers = {"Range": f"bytes=0-{LONGEST_KEPT - 1}"}
    return ask(
        address, headers=signed(address, headers, region, aws_key(), timezone.now()), most=LONGEST_KEPT, cut=True
    )


def _quoted(name: str) -> str:
    return quote(name, safe="/-_.~")


def signed(address: str, headers: Mapping[str, str], region: str, key: AwsKey, at: datetime) -> dict[str, str]:
    """The headers of a GET without a query, and those that sign them."""
    parts, moment = urlsplit(address), f"{at:%Y%m%dT%H%M%SZ}"
    named = {**headers, "x-amz-content-sha256": _NOTHING, "x-amz-date": moment}
    if key.token:
        named["x-amz-security-token"] = key.token
    canonical = {name.lower(): value.strip() for name, value in {**named, "Host": parts.netloc}.items()}
    names = ";".join(sorted(canonical))
    lines = "".join(f"{name}:{canonical[name]}\n" for name in sorted(canonical))
    request = f"GET\n{parts.path}\n\n{lines}\n{names}\n{_NOTHING}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key.number}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**named, "Authorization": f"{_ALGORITHM} {credential}"}
