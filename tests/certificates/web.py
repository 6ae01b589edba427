"""A local web server for the tests of fetching: what it answers is said per path."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web(ThreadingHTTPServer):
    """``pages``: path to bytes, or to a function of the handler and the request's body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, bytes | Callable[[_Handler, bytes], bytes | None]] = {}
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.server.asked.append(self.path)
        page = self.server.pages.get(self.path)
        if callable(page):
            page = page(self, body)
            if page is None:
                return
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, *args: object) -> None:
        pass


def redirect(url: str) -> Callable[[_Handler, bytes], None]:
    def page(handler: _Handler, _body: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return page


def dripping(*, in_headers: bool = False) -> Callable[[_Handler, bytes], None]:
    """An answer that never stops and never comes; it ends when nobody listens any more."""

    def page(handler: _Handler, _body: bytes) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        if not in_headers:
            handler.wfile.write(b"\r\n")
        try:
            while True:
                handler.wfile.write(b"X-A: b\r\n" if in_headers else b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    return page


def endless(handler: _Handler, _body: bytes) -> None:
    """More bytes than anybody wants, and no word of how many."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    try:
        for _ in range(100_000):
            handler.wfile.write(b"x" * 65536)
    except OSError:
        return
