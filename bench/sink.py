"""A mail server that says yes and throws away: one process, no queue, no parsing; it must never be the slow side."""

import asyncio
import sys

CHUNK = 1024 * 1024
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One conversation."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.waiting, self.in_message, self.count = transport, b"", False, 0
        transport.write(b"220 banc ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        if self.in_message:
            self._message(data)
            return
        self.waiting += data
        while not self.in_message and b"\r\n" in self.waiting:
            line, _, self.waiting = self.waiting.partition(b"\r\n")
            self.transport.write(self._said(line[:4].upper()))
        if self.in_message and self.waiting:
            data, self.waiting = self.waiting, b""
            self._message(data)

    def _message(self, data: bytes) -> None:
        """Only the last bytes are kept: enough to see the end."""
        tail = self.waiting + data[-len(END) :] if len(data) < len(END) else data[-len(END) :]
        if not tail.endswith(END):
            self.waiting = tail[-len(END) :]
            return
        self.waiting, self.in_message, self.count = b"", False, self.count + 1
        self.transport.write(b"250 2.0.0 Ok: queued as BANC%08d\r\n" % self.count)

    def _said(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return b"250-banc\r\n250-SIZE 100000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
        if verb == b"DATA":
            self.in_message = True
            return b"354 go on\r\n"
        return b"221 2.0.0 bye\r\n" if verb == b"QUIT" else b"250 2.1.0 Ok\r\n"


async def serve(port: int) -> None:
    """Listen until killed."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
