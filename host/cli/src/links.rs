//! Links of a checkout that lead out of it. Whoever can push a branch can replace a folder by a link, so that a file which
//! the host writes into the checkout by its name would be written anywhere else.

use std::io;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::git::working_copy::root_of;
use model::text::printable;

/// A link of the checkout on the way to a file that is written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{link}` is a link of the checkout to `{target}`, outside of it; name that folder itself, or remove the link"
)]
pub(crate) struct LinkOutside {
    link: String,
    target: String,
}

impl From<LinkOutside> for io::Error {
    fn from(link: LinkOutside) -> Self {
        Self::other(link)
    }
}

/// Checks that no folder on the way to a file is a link that leads out of the checkout: the git repository around the
/// working folder, or the working folder itself. A path that begins elsewhere may lead anywhere, and so may `..`: the
/// operator names both. The file itself is not checked.
///
/// # Errors
/// [`LinkOutside`] for the first such link.
pub(crate) fn check_folders(path: &Path) -> Result<(), LinkOutside> {
    match std::env::current_dir().and_then(|folder| folder.canonicalize()) {
        Ok(working_folder) => check_folders_from(&working_folder, path),
        // Nothing can be written into a working folder that was removed.
        Err(_) => Ok(()),
    }
}

fn check_folders_from(working_folder: &Path, path: &Path) -> Result<(), LinkOutside> {
    let checkout = root_of(working_folder).unwrap_or_else(|| working_folder.to_owned());
    let (mut named, mut real) = (PathBuf::new(), working_folder.to_owned());
    for part in path.parent().unwrap_or(Path::new("")).components() {
        named.push(part);
        match part {
            Component::ParentDir => {
                real.pop();
                continue;
            }
            part => real.push(part),
        }
        // What does not exist cannot be written to either.
        let Ok(target) = real.canonicalize() else { continue };
        let is_inside = real.parent().is_some_and(|folder| folder.starts_with(&checkout));
        if is_inside && !target.starts_with(&checkout) {
            let [link, target] = [&named, &target].map(|path| printable(&path.display().to_string()));
            return Err(LinkOutside { link, target });
        }
        real = target;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_of_the_checkout_leads_no_file_out_of_it() {
        let place = tempfile::tempdir().unwrap();
        let place = place.path().canonicalize().unwrap();
        let checkout = place.join("checkout");
        for folder in ["checkout/.git", "checkout/app/real", "other"] {
            fs::create_dir_all(place.join(folder)).unwrap();
        }
        for (target, link) in [
            (place.join("other"), "checkout/app/out"),
            (PathBuf::from("../../other"), "checkout/app/relative"),
            (PathBuf::from("out"), "checkout/app/chain"),
            (checkout.join("app/real"), "checkout/app/in"),
            (PathBuf::from("/"), "checkout/top"),
            (PathBuf::from("nowhere"), "checkout/app/dangling"),
            (checkout.clone(), "to-checkout"),
            (place.join("other"), "to-other"),
        ] {
            symlink(target, place.join(link)).unwrap();
        }
        let check = |path: &Path| check_folders_from(&checkout.join("app"), path);
        let outside = format!("{}/other", place.display());
        for path in ["out/a", "./out/a", "relative/a", "chain/a", "real/../out/b/a", "../app/out/a"] {
            let error = check(Path::new(path)).unwrap_err();
            assert_eq!(error.target, outside, "{path}");
            assert!(path.starts_with(&error.link), "{path}: {error}");
        }
        // The repository is the checkout, not the working folder alone.
        assert_eq!(check(Path::new("../top/tmp/a")).unwrap_err().link, "../top");
        assert_eq!(check(&checkout.join("app/out/a")).unwrap_err().target, outside);
        assert!(check(&place.join("to-checkout/app/out/a")).is_err());
        for path in ["a", "real/a", "in/a", "dangling/a", "missing/a", "../a", "../../other/a", "out", ""] {
            assert_eq!(check(Path::new(path)), Ok(()), "{path}");
        }
        assert_eq!(check(&place.join("to-other/a")), Ok(()));
        assert_eq!(check(&place.join("to-checkout/app/a")), Ok(()));
        // Without a repository, the working folder is the checkout.
        fs::remove_dir(checkout.join(".git")).unwrap();
        assert!(check(Path::new("out/a")).is_err());
        assert_eq!(check(Path::new("../top/tmp/a")), Ok(()));
    }
}
