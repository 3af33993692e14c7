"""Telling a URL that an alert was opened or closed; that it cannot be told stops nothing."""

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import asdict

from pipeline.alerts import Change
from pipeline.daybook import DayFile

TIMEOUT_SECONDS = 10
LONGEST_REASON = 2000


def tell(variable: str, file: DayFile, change: Change) -> str:
    """
    Post a change as JSON to the URL that an environment variable has.

    Returns:
        What went wrong; empty if it was told, or nobody wants to be. The URL is never shown: it
        often holds a secret.
    """
    if not variable:
        return ""
    url = os.environ.get(variable, "")
    if not url:
        return f"{file.model}: the webhook is not told: {variable} is not set"
    if not url.lower().startswith(("http://", "https://")):
        return f"{file.model}: the webhook is not told: {variable} is no http(s) URL"
    try:
        request = urllib.request.Request(  # noqa: S310 - http and https alone reach this point
            url, _body(file, change), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - see above
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return f"{file.model}: the webhook answers {error.code}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"{file.model}: the webhook cannot be reached: {type(error).__name__}"


def _body(file: DayFile, change: Change) -> bytes:
    alert = {**asdict(change.alert), "reason": change.alert.reason[:LONGEST_REASON]}
    told = {
        "schema": 1,
        "model": file.model,
        "date": file.date,
        "version": file.version,
        "cause": change.cause,
        "change": change.what,
        "alert": alert,
    }
    return json.dumps(told, ensure_ascii=False).encode()
