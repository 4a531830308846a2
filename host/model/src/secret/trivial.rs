//! Values that are no secrets, whatever their names.

/// The minimum length of a secret, in bytes.
pub(super) const MIN_LEN: usize = 4;

/// Whether a value is no secret, whatever its name: a switch, a small number, a path, an ARN, or a reference to a
/// variable.
pub(super) fn is_trivial(value: &str) -> bool {
    // CI systems keep the quotation marks around a value.
    let value = value.trim_matches(['"', '\'']);
    const WORDS: [&str; 24] = [
        "always",
        "auto",
        "basic",
        "bearer",
        "default",
        "digest",
        "disabled",
        "enabled",
        "false",
        "iam",
        "jwt",
        "never",
        "no",
        "none",
        "null",
        "oauth",
        "oauth2",
        "off",
        "on",
        "optional",
        "required",
        "true",
        "undefined",
        "yes",
    ];
    let is_small_number = value.len() < 8 && value.bytes().all(|b| b.is_ascii_digit());
    value.len() < MIN_LEN
        || is_small_number
        || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        || is_path(value)
        || value.starts_with("arn:")
        || is_reference(value)
}

/// Whether a value is a path. An absolute one begins with a usual folder: a key in base64 may begin with a slash.
fn is_path(value: &str) -> bool {
    const FOLDERS: [&str; 28] = [
        "Users",
        "__w",
        "app",
        "bin",
        "build",
        "builds",
        "codebuild",
        "data",
        "dev",
        "drone",
        "etc",
        "github",
        "home",
        "lib",
        "media",
        "mnt",
        "nix",
        "opt",
        "private",
        "proc",
        "root",
        "run",
        "srv",
        "sys",
        "tmp",
        "usr",
        "var",
        "workspace",
    ];
    let is_absolute = value.strip_prefix('/').and_then(|path| path.split_once('/'));
    ["~/", "./", "../"].iter().any(|start| value.starts_with(start))
        || is_absolute.is_some_and(|(folder, _)| FOLDERS.contains(&folder))
}

/// Whether a value refers to a variable, as `$NAME`, `${NAME}`, `{{ name }}` and `<name>` do, or to a secret of a build, as
/// `id=npm,env=NPM_TOKEN` does, or is masked already.
pub(super) fn is_reference(value: &str) -> bool {
    let is_enclosed = |start, end| value.starts_with(start) && value.ends_with(end);
    let is_name =
        |name: &str| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    [("${", "}"), ("$(", ")"), ("{{", "}}"), ("<", ">")]
        .into_iter()
        .any(|(start, end)| is_enclosed(start, end))
        || value.strip_prefix('$').is_some_and(is_name)
        || value.starts_with("id=")
        || value.bytes().all(|b| b == b'*')
}
