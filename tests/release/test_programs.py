"""The programs of a release: what they require of a system, and what they do in systems of strangers."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import release

# What GNU/Linux has had since 2012, with the C library itself.
LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "ld-linux-x86-64.so.2",
             "ld-linux-aarch64.so.1"}

def readelf(target, *options):
    return subprocess.check_output(["readelf", "--wide", *options, release.program(target)], text=True)


def needed(target):
    lines = readelf(target, "--dynamic").splitlines()
    return {line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line}


class Requirements(unittest.TestCase):
    def test_a_program_for_glibc_requires_2_17_or_less(self):
        for target in release.TARGETS:
            if not target.endswith("-gnu"):
                continue
            with self.subTest(target):
                words = readelf(target, "--version-info").split()
                versions = [word.removeprefix("GLIBC_") for word in words if word.startswith("GLIBC_")]
                self.assertTrue(versions)
                newest = max(tuple(int(part) for part in version.split(".")) for version in versions)
                self.assertLessEqual(newest, (2, 17))
                self.assertLessEqual(needed(target), LIBRARIES)

    def test_a_program_for_musl_requires_nothing_and_has_no_fixed_address(self):
        for target in release.TARGETS:
            if not target.endswith("-musl"):
                continue
            with self.subTest(target):
                self.assertEqual(needed(target), set())
                self.assertNotIn("INTERP", readelf(target, "--program-headers"))
                self.assertIn("DYN (", readelf(target, "--file-header"))

    def test_a_program_contains_no_path_of_the_machine(self):
        cargo = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
        paths = [release.ROOT, release.BUILT.resolve(), cargo, release.CACHE, Path.home() / ".rustup"]
        for target in release.TARGETS:
            data = release.program(target).read_bytes()
            self.assertIn(b"/cargo/registry/src/", data)  # panics print paths, so some are there
            for path in paths:
                with self.subTest(target, path=path):
                    self.assertFalse(f"{path}/".encode() in data)  # assertNotIn prints the program


class Runs(unittest.TestCase):
    """Every program starts, here or in an emulator."""

    def test_every_program_plans_and_reads(self):
        with release.simulator() as endpoint, tempfile.TemporaryDirectory() as home:
            environment = release.variables(endpoint, home)
            for target in release.TARGETS:
                command = [*release.emulator(target), release.program(target)]
                with self.subTest(target):
                    self.is_printed([*command, "--version"], environment, f"ecs-host {release.VERSION}")
                    skipped = environment | {"TRAVIS_BRANCH": "other"}
                    self.is_printed([*command, "plan"], skipped, "skip")
                    self.is_printed([*command, "status", "main"], environment, "main/web runs web:1, 2 of 2 tasks")

    def is_printed(self, command, environment, text):
        code, output = release.run(command, environment, cwd=environment["HOME"])
        self.assertEqual(code, 0, output)
        self.assertIn(text, output)


BUSYBOX = release.CACHE / "buildx/usr/bin/busybox"


@contextlib.contextmanager
def bare_system():
    """A root with a static busybox as the whole system, which is what Alpine has besides musl and apk. No file in /etc."""
    with tempfile.TemporaryDirectory() as folder:
        programs = Path(folder) / "bin"
        for name in ("bin", "tmp"):
            (Path(folder) / name).mkdir()
        release.add_null_device(folder)
        shutil.copy(BUSYBOX, programs)
        for name in subprocess.check_output([BUSYBOX, "--list"], text=True).split():
            if name != "busybox":
                (programs / name).symlink_to("busybox")
        yield Path(folder)


@contextlib.contextmanager
def debian(name):
    yield release.CACHE / "systems" / name


@contextlib.contextmanager
def installed(root, target, *arguments):
    """Installs the program in a root, by install.sh and the root's own programs. Returns the folder of a project there,
    and the command of the program in a chroot."""
    folder = Path(tempfile.mkdtemp(prefix="ecs-host-", dir=root))
    inside = f"/{folder.name}"
    try:
        shutil.copy(release.DIST / "install.sh", folder)
        # Debian's smallest system contains no program that downloads.
        (folder / "downloader").mkdir()
        shutil.copy(BUSYBOX, folder / "downloader/wget")
        with release.downloads() as url:
            code, output = release.run(
                [release.CHROOT, root, "/bin/sh", f"{inside}/install.sh", "--from", url, "--to", f"{inside}/bin",
                 *arguments],
                {"PATH": f"{inside}/downloader:/usr/bin:/bin"},
            )
        assert code == 0 and f"({target})" in output, output
        # A project, which the program is run in.
        (folder / "Dockerfile").write_text("FROM scratch\n")
        start = f'cd {inside} && exec ./bin/ecs-host "$@"'
        yield inside, [release.CHROOT, root, "/bin/sh", "-c", start, "sh"]
    finally:
        shutil.rmtree(folder)


# The root, the program that install.sh chooses there, and the arguments by which it does.
SYSTEMS = {
    "Debian 12": (lambda: debian("bookworm-amd64"), "x86_64-unknown-linux-gnu"),
    "Debian 11, with the glibc of Ubuntu 20.04": (lambda: debian("bullseye-amd64"), "x86_64-unknown-linux-gnu"),
    "Debian 11, static": (lambda: debian("bullseye-amd64"), "x86_64-unknown-linux-musl", "--libc", "musl"),
    "nothing but busybox": (bare_system, "x86_64-unknown-linux-musl"),
}


class Systems(unittest.TestCase):
    """In the systems of strangers: installed there, and run."""

    def test_a_deployment_is_planned_in_every_system(self):
        count = 0
        with release.simulator() as endpoint:
            for name, (system, target, *arguments) in SYSTEMS.items():
                if target not in release.TARGETS:
                    continue
                count += 1
                with self.subTest(name), system() as root, installed(root, target, *arguments) as (home, command):
                    environment = release.variables(endpoint, home)
                    code, output = release.run([*command, "plan"], environment)
                    self.assertEqual(code, 0, output)
                    self.assertIn("main/web", output)
                    self.assertIn(release.COMMIT[:7], output)
        self.assertGreater(count, 0)

    def test_without_certificates_the_built_in_ones_are_used_and_the_message_names_the_ways_out(self):
        with release.simulator() as endpoint, tls_server(endpoint) as url:
            for name, (system, target, *arguments) in SYSTEMS.items():
                if target not in release.TARGETS:
                    continue
                with self.subTest(name), system() as root, installed(root, target, *arguments) as (home, command):
                    self.assertFalse((root / "etc/ssl/certs/ca-certificates.crt").exists())
                    command = [*command, "status", "main"]
                    environment = release.variables(url, home)
                    start = time.monotonic()
                    code, output = release.run(command, environment)
                    self.assertLess(time.monotonic() - start, 20)
                    self.assertEqual(code, 5, output)
                    words = " ".join(output.split())
                    self.assertIn("this machine has no CAs, and none of the built-in CAs signed the certificate", words)
                    self.assertIn("install the package ca-certificates, or set AWS_CA_BUNDLE", words)
                    # Whoever names a file decides what is trusted.
                    code, output = release.run(command, environment | {"SSL_CERT_FILE": "/missing.pem"})
                    self.assertEqual(code, 5, output)
                    words = " ".join(output.split())
                    self.assertIn("SSL_CERT_FILE names `/missing.pem`, which contains no certificate", words)
                    shutil.copy(release.TLS / "ca.pem", root / home.strip("/"))
                    for variable in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
                        code, output = release.run(command, environment | {variable: f"{home}/ca.pem"})
                        self.assertEqual(code, 0, output)


@contextlib.contextmanager
def tls_server(endpoint):
    """A server whose certificate the CA of the fixtures signed, before the simulator."""
    host, port = endpoint.removeprefix("http://").split(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(release.TLS / "server.pem", release.TLS / "server.key")
    listener = socket.create_server(("127.0.0.1", 0))

    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve(connection):
        # A client that does not trust the certificate closes the connection.
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as client:
            with socket.create_connection((host, int(port))) as server:
                back = threading.Thread(target=copy, args=(server, client))
                back.start()
                copy(client, server)
                back.join()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
