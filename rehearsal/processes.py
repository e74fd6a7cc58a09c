"""Programs that live as long as the rehearsal, on loopback only."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nothing listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


class Processes:
    """The programs that were started, each with its log in the folder."""

    def __init__(self, folder: Path) -> None:
        """Start with none."""
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a program; a session of its own keeps a Ctrl-C from it, since `stop` ends them in order."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                ["nice", *command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        """Return the file that has what a program printed."""
        return self.folder / f"{name}.log"

    def check(self) -> None:
        """Exit with the end of its log when a program has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                sys.exit(
                    f"{name} ended with {process.returncode}:\n{self.log(name).read_text(errors='replace')[-2000:]}"
                )

    def stop(self, *names: str) -> None:
        """End the programs, all of them unless some are named, the last one first."""
        for name in names or [*self._running][::-1]:
            process = self._running.pop(name)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Processes]:
    """Give programs a place, and end them whatever happens: the end, an error, Ctrl-C, SIGTERM or SIGHUP."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    previous = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    processes = Processes(folder)
    try:
        yield processes
    finally:
        for number in (signal.SIGINT, *previous):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them running
        processes.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
