"""Which certificate authorities are trusted, for libcurl and for Python's own TLS: the same."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import certifi
import pycurl

from mentionwatch.errors import Unreachable


class Certificates:
    """``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name certificate authorities in place of certifi's."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._file, self._folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
        if not self._file and not self._folder:
            self._file = certifi.where()
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def for_curl(self) -> Iterator[tuple[int, str | None]]:
        """Options of libcurl; ``None`` unsets one."""
        yield pycurl.CAINFO, self._file or None
        yield pycurl.CAPATH, self._folder or None

    def context(self, ca_file: Path | None = None) -> ssl.SSLContext:
        """For a connection of Python's; ``ca_file`` names PEM certificates to trust in place of all others.

        Raises ``Unreachable`` for files that are none.
        """
        try:
            if ca_file is not None:
                return ssl.create_default_context(cafile=ca_file)
            with self._lock:
                if self._context is None:  # 20 ms
                    self._context = ssl.create_default_context(cafile=self._file or None, capath=self._folder or None)
                return self._context
        except OSError:  # ssl's own errors are such, too
            if ca_file is not None:
                raise Unreachable(f"ca_file {ca_file} cannot be read as PEM certificates") from None
            raise bad_certificate_file() from None


def bad_certificate_file() -> Unreachable:
    """The error for authorities that cannot be read."""
    return Unreachable("SSL_CERT_FILE or SSL_CERT_DIR names no file of certificates")
