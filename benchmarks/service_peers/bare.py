"""
The least that can answer: uvloop, httptools and onnxruntime, a peer of `benchmarks/service.py`.

It decodes a body, runs the same graph and writes the reply. It does not batch, check, count or log,
knows one route and closes nothing.

    python bare.py REPOSITORY PORT MODEL...
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import httptools
import numpy as np
import onnxruntime
import orjson
import uvloop

Head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class Model:
    """A graph and the order of its inputs."""

    def __init__(self, folder: Path) -> None:
        version = (folder / "production").read_text("utf-8").strip()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        content = (folder / version / "model.onnx").read_bytes()
        self._run = onnxruntime.InferenceSession(content, options).run
        card = orjson.loads((folder / version / "card.json").read_bytes())
        self._inputs = [
            (x["name"], np.float32 if x["kind"] == "numeric" else np.object_)
            for x in card["inputs"]
        ]

    def answer(self, body: bytes) -> bytes:
        """Answer a row or a list of rows."""
        asked = orjson.loads(body)
        rows = asked if isinstance(asked, list) else [asked]
        feeds = {name: np.array([[row[name]] for row in rows], kind) for name, kind in self._inputs}
        labels, probabilities = self._run(["label", "probabilities"], feeds)
        told = {"labels": labels.tolist(), "probabilities": probabilities}
        return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)


class Bare(asyncio.Protocol):
    """A connection."""

    models: dict[bytes, Model]

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvloop's
        """Keep the transport."""
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Parse."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Begin a request."""
        self._url, self._body = url, b""

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """Answer."""
        reply = self.models[self._url].answer(self._body)
        self._transport.write(Head % (len(reply), reply))


async def serve(port: int) -> None:
    """Serve until somebody ends it."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bare, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    Bare.models = {
        f"/models/{name}/predict".encode(): Model(Path(sys.argv[1]) / "models" / name)
        for name in sys.argv[3:]
    }
    uvloop.run(serve(int(sys.argv[2])))
