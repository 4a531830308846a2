//! The cache of compiled policies. It contains machine code, so it is used only if nobody else can write it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::compiled::{compiled as compiled_policies, files};
use crate::hostile::guest::Guest;
use crate::outcome::Outcome;
use crate::run::Run;

/// A plan of a policy of this name, which skips the build, with its cache below a folder.
fn start<'a>(app: &'a App, name: &str, cache: &Path) -> Run<'a> {
    let file = app.path(&format!("{name}.wasm"));
    fs::write(&file, Guest::described(|memory| memory.manifest(name.as_bytes(), &[])).bytes()).unwrap();
    app.plan().arg(file.display().to_string()).set("XDG_CACHE_HOME", &cache.display().to_string())
}

/// The same, to its end.
fn plan<'a>(app: &'a App, name: &str, cache: &Path) -> Outcome<'a> {
    start(app, name, cache).exits(0)
}

/// The file with the machine code of the only policy in a cache.
fn code(cache: &Path) -> PathBuf {
    let mut files: Vec<(u64, PathBuf)> = files(&cache.join("ecs-host"))
        .into_keys()
        .map(|path| (fs::metadata(&path).map_or(0, |data| data.len()), path))
        .collect();
    files.sort();
    files.pop().expect("a compiled policy").1
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the test's own folder");
}

const WARNING: &str = "the compiled policy is not cached for the next run: ";

#[test]
fn code_that_others_could_have_written_is_not_executed() {
    let app = App::new("cache-poisoned");
    let (own, other) = (app.path("own"), app.path("other"));
    fs::create_dir_all(&own).unwrap();
    plan(&app, "honest", &own).prints("Policy    honest ").does_not_print("warning");
    plan(&app, "planted", &other).prints("Policy    planted ");
    // The code of one policy under the name of another one.
    fs::write(code(&own), fs::read(code(&other)).unwrap()).unwrap();
    // In a private folder it is executed, which is why nobody else may write the folder.
    plan(&app, "honest", &own).prints("Policy    planted ");
    let compiled = own.join("ecs-host/compiled");
    for (folder, mode) in [(&own, 0o777), (&own, 0o775), (&own.join("ecs-host"), 0o777), (&compiled, 0o1777)]
    {
        let usual = fs::metadata(folder).unwrap().mode();
        set_mode(folder, mode);
        let run = plan(&app, "honest", &own);
        run.prints("Policy    honest ").does_not_print("Policy    planted");
        let warning =
            format!("{WARNING}`{}` can be written by other users (mode {mode:o})", folder.display());
        run.prints(&warning).prints("set XDG_CACHE_HOME to a folder that only you can write");
        assert_eq!(run.transcript().matches(WARNING).count(), 1, "{}", run.transcript());
        set_mode(folder, usual);
    }
    // A digest pins the policy, not the code that was compiled from it.
    set_mode(&own, 0o777);
    let run = start(&app, "honest", &own);
    let digest = model::names::Digest::sha256(&fs::read(app.path("honest.wasm")).unwrap());
    run.arg(format!("--policy-digest={digest}")).exits(0).prints("Policy    honest ").prints(WARNING);
}

#[test]
fn links_into_and_out_of_the_cache_count() {
    let app = App::new("cache-linked");
    let shared = app.path("shared");
    fs::create_dir_all(shared.join("deep")).unwrap();
    fs::create_dir_all(app.path("safe")).unwrap();
    set_mode(&shared, 0o777);
    symlink(shared.join("deep"), app.path("to-shared")).unwrap();
    symlink(app.path("safe"), shared.join("to-safe")).unwrap();
    symlink(app.path("safe"), app.path("to-safe")).unwrap();
    for cache in [app.path("to-shared"), shared.join("to-safe"), shared.join("not-yet/there")] {
        let run = plan(&app, "honest", &cache);
        run.prints(&format!("{WARNING}`{}` can be written by other users", shared.display()));
        assert!(files(&shared).is_empty() && files(&app.path("safe")).is_empty(), "{}", cache.display());
    }
    assert!(!shared.join("not-yet").exists());
    plan(&app, "honest", &app.path("to-safe")).does_not_print("warning");
    assert!(!files(&app.path("safe")).is_empty());
    // A link inside the cache.
    let compiled = app.path("safe/ecs-host/compiled");
    fs::rename(compiled.join("code"), shared.join("code")).unwrap();
    symlink(shared.join("code"), compiled.join("code")).unwrap();
    let run = plan(&app, "honest", &app.path("safe"));
    run.prints(&format!("{WARNING}`{}` is a link", compiled.join("code").display()));
    if rustix::process::geteuid().is_root() {
        // Another user's folder.
        fs::remove_file(compiled.join("code")).unwrap();
        std::os::unix::fs::chown(&compiled, Some(12345), None).unwrap();
        let run = plan(&app, "honest", &app.path("safe"));
        run.prints(&format!("{WARNING}`{}` belongs to another user (uid 12345)", compiled.display()));
    }
}

#[test]
fn a_later_start_compiles_nothing_and_the_cache_is_private() {
    let app = App::new("cache-later");
    let cache = app.path("cache");
    plan(&app, "honest", &cache);
    let compiled = cache.join("ecs-host/compiled");
    assert_eq!(fs::metadata(&compiled).unwrap().mode() & 0o777, 0o700);
    let before = compiled_policies(&cache);
    assert!(before.keys().any(|path| path.starts_with(compiled.join("proofs"))), "{before:?}");
    plan(&app, "honest", &cache);
    assert_eq!(compiled_policies(&cache), before);
    // A lower limit is a reason to compile again.
    start(&app, "honest", &cache).arg("--policy-compile-memory=512").exits(0);
    assert_eq!(fs::read_dir(compiled.join("proofs")).unwrap().count(), 2);
}

#[test]
fn without_the_cache_nothing_is_read_or_written() {
    let app = App::new("cache-off");
    let (cache, other) = (app.path("cache"), app.path("other"));
    let without = || start(&app, "honest", &cache).arg("--no-policy-cache").exits(0);
    without().prints("Policy    honest ").does_not_print("warning");
    assert!(!cache.exists());
    plan(&app, "honest", &cache);
    plan(&app, "planted", &other);
    fs::write(code(&cache), fs::read(code(&other)).unwrap()).unwrap();
    without().prints("Policy    honest ");
    // A project's file may turn it off.
    app.write("project/ecs-host.toml", "no-policy-cache = true\n");
    plan(&app, "honest", &cache).prints("Policy    honest ");
}
