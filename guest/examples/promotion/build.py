"""Builds the component from `component.py` and its imports: `python3 build.py VENV FILE`.

The component contains the memory of an interpreter that has imported the project, and with it what the interpreter has
read: the time, random numbers, and the order, the times and the inodes of files. Here they are the same in each build,
and so the same sources build the same bytes. The time and the random numbers come from `faketime`. componentize-py
reads files by system calls that no library can replace, so this program answers them, as in seccomp_unotify(2).
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import platform
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from io import FileIO
from pathlib import Path

# The memory also contains the names of the files beside the sources.
NO_SOURCES = [".*", "*~", "__pycache__", "bindings", "cases", "test_*", "wit", "*.wasm*"]
NO_SOURCES += ["Makefile", "README.md", "build.py", "ecs-host.*", "requirements.txt"]
# What an environment contains for its own sake.
TOOLS = ["__pycache__", "*.pth", "componentize_py*", "pip", "pip-*", "setuptools", "setuptools-*", "_distutils_hack"]
TOOLS += ["pkg_resources", "wheel", "wheel-*", "_virtualenv.py"]

TIME = "2000-01-01 00:00:00"
NOT_REPRODUCIBLE = "the component gets another digest in each build."

# From linux/audit.h and asm/unistd.h: the architecture, and the numbers of its calls.
NUMBERS = {"x86_64": (0xC000003E, 332, 217, 317), "aarch64": (0xC00000B7, 291, 61, 277)}
ARCHITECTURE, STATX, GETDENTS64, SECCOMP = NUMBERS.get(platform.machine(), (0, 0, 0, 0))
# From linux/seccomp.h, linux/fcntl.h and dirent.h.
NOTIF_RECV, NOTIF_SEND, NOTIF_ADDFD, FLAG_CONTINUE, ADDFD_FLAG_SETFD = 0xC0502100, 0xC0182101, 0x40182103, 1, 1
AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH = -100, 0x100, 0x1000
DT_DIR, DT_REG, DT_LNK = 4, 8, 10

libc = ctypes.CDLL(None, use_errno=True)


def main(venv: Path, output: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="component-") as name:
        folder = Path(name).resolve()
        temporary, packages = folder / "temporary", folder / "lib/python3/site-packages"
        temporary.mkdir()
        packages.mkdir(parents=True)
        shutil.copytree("wit", folder / "wit")
        no_sources = shutil.ignore_patterns(*NO_SOURCES, venv.name, folder.name)
        shutil.copytree(".", folder / "project", ignore=no_sources)
        for installed in venv.glob("lib/python*/site-packages"):
            shutil.copytree(installed, packages, ignore=shutil.ignore_patterns(*TOOLS), dirs_exist_ok=True)
        # Not with --stub-wasi, which would take away `print` and tracebacks.
        tool = [venv.absolute() / "bin/componentize-py", "--quiet", "--wit-path", "wit"]
        tool += ["componentize", "--python-path", "project", "--output", output.absolute(), "component"]
        # Without VIRTUAL_ENV, the component could import the packages of the whole system.
        environment = {**os.environ, "VIRTUAL_ENV": str(folder), "TMPDIR": str(temporary)}
        library = faketime()
        if library is None:
            print(f"`faketime` is not installed: {NOT_REPRODUCIBLE}", file=sys.stderr)
            answered = None
        else:
            environment |= {"LD_PRELOAD": library, "FAKETIME": TIME, "FAKERANDOM_SEED": "0x1", "TZ": "UTC"}
            answered = folder
        return run(tool, environment, folder, answered)


def faketime() -> str | None:
    """The path of the library that replaces the time and the random numbers."""
    command = ["faketime", "-f", TIME, "printenv", "LD_PRELOAD"]
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None


def run(command: list, environment: dict[str, str], folder: Path, answered: Path | None) -> int:
    """Runs the command in the folder, and answers what it reads of the files in `answered`."""
    receiver, sender = socket.socketpair()
    notify = (lambda: send_notifications(sender)) if answered else None
    # `close_fds` reads a folder after `notify`, before anybody answers. Descriptors of Python close without it.
    with subprocess.Popen(command, env=environment, cwd=folder, close_fds=False, preexec_fn=notify) as process:
        try:
            if answered:
                _, descriptors, _, _ = socket.recv_fds(receiver, 1, 1)
                if descriptors:
                    FileCalls(descriptors[0], answered).serve(process)
                else:
                    print(f"This system does not pass on system calls: {NOT_REPRODUCIBLE}", file=sys.stderr)
            code = process.wait()
        finally:
            # After a signal. That of Ctrl-C does not end componentize-py.
            process.kill()
            process.wait()
            # What libfaketime may leave behind: a later process with this number could not start with it.
            for left in ("sem.faketime_sem_", "faketime_shm_"):
                Path("/dev/shm", f"{left}{process.pid}").unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


def send_notifications(sender: socket.socket) -> None:
    """Has the kernel notify of the calls of this process, which becomes componentize-py, and sends the descriptor."""
    load, if_equal, end, allow, notify = 0x20, 0x15, 0x06, 0x7FFF0000, 0x7FC00000
    program = [(load, 0, 0, 4), (if_equal, 0, 4, ARCHITECTURE)]
    program += [(load, 0, 0, 0), (if_equal, 1, 0, STATX), (if_equal, 0, 1, GETDENTS64)]
    program += [(end, 0, 0, notify), (end, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in program))
    descriptor = -1
    if notifies():
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: nobody else answers
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, which the next call requires
        filter = struct.pack("HP", len(program), ctypes.addressof(code))
        descriptor = libc.syscall(SECCOMP, 1, 8, filter)  # SET_MODE_FILTER, FLAG_NEW_LISTENER
    socket.send_fds(sender, [b"."], [descriptor] if descriptor >= 0 else [])


def notifies() -> bool:
    """Whether the kernel has what `FileCalls` requires. A try on an older one would leave calls without an answer."""
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    is_new = version is not None and (int(version[1]), int(version[2])) >= (5, 9)
    return sys.platform == "linux" and ARCHITECTURE != 0 and is_new


class FileCalls:
    """Answers the calls that read the files of a folder. The kernel answers those that read other files."""

    def __init__(self, notifications: int, folder: Path) -> None:
        self.notifications, self.folder = notifications, str(folder)
        self.temporary: dict[str, int] = {}
        self.is_reproducible = True

    def serve(self, process: subprocess.Popen) -> None:
        """Returns when the process has ended."""
        poll = select.poll()
        poll.register(self.notifications, select.POLLIN)
        poll.register(os.pidfd_open(process.pid), select.POLLIN)
        while [descriptor for descriptor, _ in poll.poll()] == [self.notifications]:
            notification = bytearray(80)
            try:
                fcntl.ioctl(self.notifications, NOTIF_RECV, notification)
                cookie, thread, _, call, _, _, *arguments = struct.unpack("QIIiIQ6Q", notification)
                result = self.result(call, cookie, thread, arguments)
                answer = (0, 0, FLAG_CONTINUE) if result is None else (result, 0, 0)
                fcntl.ioctl(self.notifications, NOTIF_SEND, struct.pack("QqiI", cookie, *answer))
            except FileNotFoundError:
                pass  # The thread has ended, or a signal has interrupted its call.

    def result(self, call: int, cookie: int, thread: int, arguments: list[int]) -> int | None:
        """What the call returns, or None if the kernel answers it. The kernel also returns each error."""
        try:
            with open(f"/proc/{thread}/mem", "r+b", buffering=0) as memory:
                if call == STATX:
                    return self.statx(thread, memory, *arguments[:5])
                return self.getdents64(cookie, thread, memory, *arguments[:3])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if self.is_reproducible:
                print(f"A system call cannot be answered ({error}): {NOT_REPRODUCIBLE}", file=sys.stderr)
            self.is_reproducible = False
            return None

    def statx(
        self, thread: int, memory: FileIO, base: int, name: int, flags: int, mask: int, buffer: int
    ) -> int | None:
        base = ctypes.c_int(base).value
        opened = f"/proc/{thread}/cwd" if base == AT_FDCWD else f"/proc/{thread}/fd/{base}"
        memory.seek(name)
        relative = os.fsdecode(memory.read(4096).split(b"\0")[0]) if name else ""
        if not relative and not flags & AT_EMPTY_PATH:
            return None
        inode = self.inode(os.path.join(os.readlink(opened), relative))
        if inode is None:
            return None
        path = os.fsencode(os.path.join(opened, relative) if relative else opened)
        flags &= ~AT_EMPTY_PATH if relative else ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)
        status = ctypes.create_string_buffer(256)
        if libc.syscall(STATX, AT_FDCWD, path, ctypes.c_int(flags), ctypes.c_uint(mask), status) != 0:
            return None
        (mode,), (size,) = struct.unpack_from("H", status, 28), struct.unpack_from("Q", status, 40)
        struct.pack_into("I", status, 16, 1)  # the number of links
        struct.pack_into("QQQ", status, 32, inode, 0 if mode >> 12 == DT_DIR else size, 0)  # and of blocks
        for time in (64, 80, 96, 112):
            struct.pack_into("qI", status, time, 0, 0)
        struct.pack_into("II", status, 136, 0, 1)  # the device
        memory.seek(buffer)
        memory.write(status)
        return 0

    def getdents64(self, cookie: int, thread: int, memory: FileIO, opened: int, buffer: int, size: int) -> int | None:
        """Returns the entries by name. The position in an open folder is the number of entries that have been read."""
        link = f"/proc/{thread}/fd/{opened}"
        path = os.readlink(link)
        if self.inode(path) is None:
            return None
        position = int(Path(f"/proc/{thread}/fdinfo/{opened}").read_text().split()[1])
        descriptor = os.open(link, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(descriptor) as entries:
                sorted_entries = sorted((entry.name, kind(entry)) for entry in entries)
            records = b""
            for name, type in [(".", DT_DIR), ("..", DT_DIR), *sorted_entries][position:]:
                inode = self.inode(os.path.join(path, name)) or 1
                length = (19 + len(os.fsencode(name)) + 8) // 8 * 8  # a multiple of 8, with an end of the name
                if len(records) + length > size:
                    break
                position += 1
                records += struct.pack(f"QqHB{length - 19}s", inode, position, length, type, os.fsencode(name))
            # The thread goes on with a folder that has been opened here, at the new position.
            os.lseek(descriptor, position, os.SEEK_SET)
            replacement = struct.pack("QIIII", cookie, ADDFD_FLAG_SETFD, descriptor, opened, os.O_CLOEXEC)
            fcntl.ioctl(self.notifications, NOTIF_ADDFD, replacement)
        finally:
            os.close(descriptor)
        memory.seek(buffer)
        memory.write(records)
        return len(records)

    def inode(self, path: str) -> int | None:
        """A number that is the same in each build. None is for a path outside of the folder."""
        path = os.path.normpath(path)
        if not path.startswith(self.folder + "/"):
            return None
        parts = path.removeprefix(self.folder + "/").split("/")
        if parts[0] == "temporary" and len(parts) > 1:
            # The name is random, and the order is not.
            parts[1] = str(self.temporary.setdefault(parts[1], len(self.temporary)))
        return int.from_bytes(hashlib.sha256(os.fsencode("/".join(parts))).digest()[:8], "little")


def kind(entry: os.DirEntry) -> int:
    if entry.is_symlink():
        return DT_LNK
    return DT_DIR if entry.is_dir() else DT_REG


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 build.py VENV FILE")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
