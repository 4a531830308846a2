"""The files of a release: checksums, archives, licences and the SBOM."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
import tomllib
import unittest
from pathlib import Path

import release


def crates(package, targets):
    command = ["cargo", "tree", "--locked", "--package", package, "--edges", "normal", "--prefix", "none"]
    for target in targets:
        command += ["--target", target]
    lines = subprocess.check_output(command, cwd=release.ROOT, text=True).splitlines()
    return {tuple(line.replace(" v", " ").split()[:2]) for line in lines if line}


def shipped_crates():
    policies = crates("ecs-host-travis", ["wasm32-wasip2"]) | crates("ecs-host-rules", ["wasm32-wasip2"])
    return crates("ecs-host", release.TARGETS) | policies


class Files(unittest.TestCase):
    def test_the_checksums_are_those_of_all_files(self):
        lines = (release.DIST / "SHA256SUMS").read_text().splitlines()
        stated = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
        files = [file for file in release.DIST.rglob("*") if file.is_file() and file.name != "SHA256SUMS"]
        found = {str(it.relative_to(release.DIST)): hashlib.sha256(it.read_bytes()).hexdigest() for it in files}
        self.assertEqual(stated, found)
        self.assertEqual(list(stated), sorted(stated))

    def test_an_archive_contains_one_folder_and_nothing_of_the_machine(self):
        for target in release.TARGETS:
            with self.subTest(target):
                data = release.archive(target).read_bytes()
                # RFC 1952: no flags, so no name, and no time.
                self.assertEqual(data[3:8], bytes(5))
                folder = f"ecs-host-{release.VERSION}-{target}"
                with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as archive:
                    members = archive.getmembers()
                    names = [member.name for member in members]
                    self.assertEqual(names, sorted(names))
                    self.assertEqual({name.split("/")[0] for name in names}, {folder})
                    self.assertEqual({(it.uid, it.gid, it.uname, it.gname) for it in members}, {(0, 0, "", "")})
                    self.assertEqual(len({it.mtime for it in members}), 1)
                    self.assertEqual({oct(it.mode) for it in members}, {"0o755", "0o644"})
                    files = {it.name.removeprefix(f"{folder}/"): archive.extractfile(it).read()
                             for it in members if it.isfile()}
                self.assertEqual(files["ecs-host"], release.program(target).read_bytes())
                self.assertEqual(files["LICENSE"], (release.ROOT / "LICENSE").read_bytes())
                for name in ("README.md", "THIRD-PARTY-LICENSES", "completions/ecs-host.bash", "completions/_ecs-host",
                             "completions/ecs-host.fish", "man/ecs-host.1"):
                    self.assertTrue(files[name], name)

    def test_cargo_binstall_finds_the_archives(self):
        manifest = tomllib.loads((release.ROOT / "host/cli/Cargo.toml").read_text())
        binstall = manifest["package"]["metadata"]["binstall"]
        for target in release.TARGETS:
            for name, value in (("version", release.VERSION), ("target", target), ("bin", "ecs-host")):
                binstall = {key: text.replace(f"{{ {name} }}", value) for key, text in binstall.items()}
            archive = release.DIST / binstall["pkg-url"].split("/")[-1]
            with tarfile.open(archive) as files:
                self.assertTrue(files.getmember(binstall["bin-dir"]).mode & 0o100)
            binstall = manifest["package"]["metadata"]["binstall"]

    def test_every_shipped_crate_has_its_licence(self):
        folder = f"ecs-host-{release.VERSION}-{release.TARGETS[0]}"
        with tarfile.open(release.archive(release.TARGETS[0])) as archive:
            text = archive.extractfile(f"{folder}/THIRD-PARTY-LICENSES").read().decode()
        lines = {line.strip() for line in text.splitlines()}
        missing = {crate for crate in shipped_crates() if " ".join(crate) not in lines}
        self.assertEqual({name for name, _ in missing if not name.startswith("ecs-host")}, set())
        self.assertIn("The Rust Standard Library is dual-licensed", text)
        self.assertEqual("Rich Felker" in text, any(it.endswith("-musl") for it in release.TARGETS))
        self.assertNotIn("&quot;", text)
        self.assertNotIn(str(Path.home()), text)

    def test_a_licence_that_is_not_permitted_fails(self):
        permitted = (release.ROOT / "packaging/licences.toml").read_text()
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "licences.toml"
            command = [release.CACHE / "cargo-about/bin/cargo-about", "generate", "--locked", "--offline", "--fail",
                       "--config", config, "--format", "json", "--output-file", Path(folder) / "out",
                       "--manifest-path", release.ROOT / "guest/travis/Cargo.toml"]
            config.write_text(permitted)
            self.assertEqual(release.run(command)[0], 0)
            config.write_text(permitted.replace('"MIT",', "").replace('"Apache-2.0",', ""))
            code, output = release.run(command)
            self.assertNotEqual(code, 0)
            self.assertIn("failed to satisfy license requirements", output)

    def test_the_sbom_lists_exactly_the_shipped_crates(self):
        text = (release.DIST / f"ecs-host-{release.VERSION}.cdx.json").read_text()
        sbom = json.loads(text)
        program, components = sbom["metadata"]["component"], sbom["components"]
        listed = [(it["name"], it["version"]) for it in [program, *components]]
        self.assertEqual(sorted(listed), sorted(shipped_crates()))
        self.assertEqual((program["name"], program["version"]), ("ecs-host", release.VERSION))
        # What a scanner looks up, and what proves where it comes from.
        for component in components:
            self.assertTrue(component["purl"].startswith(f"pkg:cargo/{component['name']}@"), component)
            is_own = component["bom-ref"].startswith("path+file:///")
            self.assertEqual(is_own, "hashes" not in component, component)
        references = {it["bom-ref"] for it in [program, *components]}
        self.assertEqual({it["ref"] for it in sbom["dependencies"]}, references)
        # Every crate is there because of another.
        reached, new = set(), {program["bom-ref"]}
        edges = {it["ref"]: set(it["dependsOn"]) for it in sbom["dependencies"]}
        while new:
            reached |= new
            new = set().union(*(edges[it] for it in new)) - reached
        self.assertEqual(reached, references)
        self.assertNotIn("serialNumber", sbom)
        self.assertNotIn(str(release.ROOT), text)
