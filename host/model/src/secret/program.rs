//! The programs whose options contain a password, as their manuals document them.

/// A program with options that contain a password.
pub(super) struct Program {
    pub(super) names: &'static [&'static str],
    /// Its options without an argument, which may precede another one in a word, as in `curl -sSu user:password`.
    flags: &'static str,
    options: &'static [(&'static str, Argument)],
    /// The subcommand that has these options; another one has others, such as `docker run -p 8080:80`.
    pub(super) subcommand: Option<&'static str>,
}

/// The argument of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    /// A password, in the same word or in the next one.
    Password,
    /// A password in the same word. Without one, the program prompts for it.
    AttachedPassword,
    /// `user:password`.
    UserAndPassword,
    /// `user,password`.
    UserCommaPassword,
    /// `pass:password`; other sources of a password begin with `env:` or `file:`.
    Source,
    /// Any text, after an option whose name is that of a secret.
    Named,
    /// `user:password`, or the user and the group of many programs.
    UserAndOther,
}

use Argument::{AttachedPassword, Password, Source, UserAndPassword, UserCommaPassword};

pub(super) const PROGRAMS: [Program; 12] = [
    Program {
        names: &["curl"],
        flags: "#012346BafgGiIjJkLlMnNOpqRsSvVZ",
        options: &[
            ("-u", UserAndPassword),
            ("-U", UserAndPassword),
            ("--user", UserAndPassword),
            ("--proxy-user", UserAndPassword),
            ("--oauth2-bearer", Password),
        ],
        subcommand: None,
    },
    Program {
        names: &[
            "mysql",
            "mysqladmin",
            "mysqlbinlog",
            "mysqlcheck",
            "mysqldump",
            "mysqlimport",
            "mysqlpump",
            "mysqlsh",
            "mysqlshow",
            "mysqlslap",
            "mariadb",
            "mariadb-admin",
            "mariadb-backup",
            "mariadb-binlog",
            "mariadb-check",
            "mariadb-dump",
            "mariadb-import",
            "mariadb-show",
            "mycli",
        ],
        flags: "",
        options: &[("-p", AttachedPassword)],
        subcommand: None,
    },
    Program {
        names: &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
            "sshpass",
            "cqlsh",
            "rabbitmqadmin",
        ],
        flags: "",
        options: &[("-p", Password)],
        subcommand: None,
    },
    Program {
        names: &["redis-cli", "redis-benchmark", "valkey-cli", "keydb-cli"],
        flags: "",
        options: &[("-a", Password)],
        subcommand: None,
    },
    Program {
        names: &["redis-server", "valkey-server", "keydb-server"],
        flags: "",
        options: &[("--masterauth", Password)],
        subcommand: None,
    },
    Program {
        names: &["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldappasswd"],
        flags: "cnvxZ",
        options: &[("-w", Password)],
        subcommand: None,
    },
    Program {
        names: &["sqlcmd", "bcp", "mosquitto_pub", "mosquitto_sub", "zip", "unzip"],
        flags: "",
        options: &[("-P", Password)],
        subcommand: None,
    },
    Program {
        names: &["7z", "7za", "7zz"],
        flags: "",
        options: &[("-p", AttachedPassword)],
        subcommand: None,
    },
    Program {
        names: &["http", "https", "ab"],
        flags: "",
        options: &[("-a", UserAndPassword), ("-A", UserAndPassword), ("--auth", UserAndPassword)],
        subcommand: None,
    },
    Program { names: &["lftp"], flags: "", options: &[("-u", UserCommaPassword)], subcommand: None },
    Program {
        names: &["openssl"],
        flags: "",
        options: &[("-pass", Source), ("-passin", Source), ("-passout", Source)],
        subcommand: None,
    },
    Program {
        names: &["docker", "podman", "nerdctl", "buildah", "skopeo", "crane", "oras", "regctl", "helm", "az"],
        flags: "",
        options: &[("-p", Password)],
        subcommand: Some("login"),
    },
];

/// Programs whose `-u` has a user and a group.
pub(super) const WITH_GROUPS: [&str; 11] = [
    "docker", "podman", "nerdctl", "buildah", "su", "sudo", "runuser", "gosu", "su-exec", "setpriv",
    "kubectl",
];

/// Groups that are no password.
pub(super) const GROUPS: [&str; 8] =
    ["root", "staff", "users", "nogroup", "nobody", "www-data", "daemon", "docker"];

impl Program {
    /// The option in a word, with its argument if that is in the same word.
    pub(super) fn option<'t>(&self, word: &'t str) -> Option<(Argument, Option<&'t str>)> {
        if let Some((_, argument)) = self.options.iter().find(|(name, _)| *name == word) {
            return Some((*argument, None));
        }
        let is_short = |name: &str| name.len() == 2;
        if word.starts_with("--") {
            return self.options.iter().filter(|(name, _)| !is_short(name)).find_map(|(name, argument)| {
                Some((*argument, Some(word.strip_prefix(name)?.strip_prefix('=')?)))
            });
        }
        let options = word.strip_prefix('-')?;
        let rest = options.trim_start_matches(|c| self.flags.contains(c));
        self.options.iter().filter(|(name, _)| is_short(name)).find_map(|(name, argument)| {
            let rest = rest.strip_prefix(name.strip_prefix('-')?)?;
            Some((*argument, Some(rest).filter(|rest| !rest.is_empty())))
        })
    }
}
