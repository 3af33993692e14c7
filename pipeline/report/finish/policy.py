"""
A content security policy in each page: nothing from elsewhere, and no script but the site's own.

It stands in the page because a static host sends no headers of ours. Inline scripts are the
theme's; their digests are taken after the build, so one that came in by a title would not run.
"""

import base64
import hashlib
import re

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_DATA = re.compile(r'type="?application/(?:ld\+)?json', re.IGNORECASE)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def with_policy(page: str) -> str:
    """Put the policy of a page's own inline scripts at its head."""
    bare = _META.sub("", page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(bare)}">'
    return re.sub(r"<head[^>]*>", lambda head: head[0] + meta, bare, count=1)


def policy(page: str) -> str:
    """Say what a page may do."""
    own = "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join((own, WASM, *digests(page)))}",
            # Charts place their labels by style attributes, which have no digests of their own.
            f"style-src {own} 'unsafe-inline'",
            f"img-src {own} data: blob:",
            f"font-src {own}",
            f"connect-src {own}",
            f"worker-src {own}",
            f"manifest-src {own}",
            f"base-uri {own}",
            f"form-action {own}",
        )
    )


WASM = "'wasm-unsafe-eval'"
"""The playground may compile the fallback's WebAssembly, which is no `eval`."""


def digests(page: str) -> list[str]:
    """Digests of the inline scripts that run."""
    found = {body for kind, body in _INLINE.findall(page) if not _DATA.search(kind)}
    hashes = (hashlib.sha256(body.encode()).digest() for body in found)
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
