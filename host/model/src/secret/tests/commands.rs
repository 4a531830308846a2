//! Passwords and credentials on command lines and in headers.

use serde_json::json;

use super::super::json::redact_document;
use super::super::*;

/// Command lines, each with the same one without its secrets.
const COMMANDS: [(&str, &str); 42] = [
    ("curl -u user:pw https://a.example", "curl -u user:*** https://a.example"),
    ("curl -uuser:pw https://a.example", "curl -uuser:*** https://a.example"),
    ("curl -fsSu user:pw https://a.example", "curl -fsSu user:*** https://a.example"),
    ("/usr/bin/curl --user 'me:two words' x", "/usr/bin/curl --user 'me:***' x"),
    ("curl --proxy-user me:pw -U me:pw2 x", "curl --proxy-user me:*** -U me:*** x"),
    ("curl --oauth2-bearer abc x", "curl --oauth2-bearer *** x"),
    ("curl -H 'Authorization: Bearer xyz' x", "curl -H 'Authorization: Bearer ***' x"),
    ("curl -H \"Authorization: Basic YTpi\" x", "curl -H \"Authorization: Basic ***\" x"),
    ("curl -H 'Authorization: AWS4-HMAC-SHA256 Signature=abc' x", "curl -H 'Authorization: ***' x"),
    ("curl -H 'Cookie: a=1; session=hunter2' x", "curl -H 'Cookie: ***' x"),
    ("curl -H 'X-Vault-Token: s.hunter2' x", "curl -H 'X-Vault-Token: ***' x"),
    ("curl -H DD-API-KEY:hunter2 x", "curl -H DD-API-KEY:*** x"),
    ("health -u admin:hunter2 http://localhost", "health -u admin:*** http://localhost"),
    ("mysql -uroot -proot app", "mysql -uroot -p*** app"),
    ("mysqldump -h db -p'two words' app | gzip", "mysqldump -h db -p'***' app | gzip"),
    ("mariadb-admin -ppw ping", "mariadb-admin -p*** ping"),
    ("mysql --password=hunter2 app", "mysql --password=*** app"),
    ("mysql --password  hunter2 app", "mysql --password  *** app"),
    ("mysql \\\n  -ppw app", "mysql \\\n  -p*** app"),
    ("mongosh -u root -p pw --eval x", "mongosh -u root -p *** --eval x"),
    ("mongodump -ppw", "mongodump -p***"),
    ("sshpass -p pw ssh host", "sshpass -p *** ssh host"),
    ("redis-cli -h cache -a pw ping", "redis-cli -h cache -a *** ping"),
    ("redis-server --requirepass hunter2 --masterauth pw", "redis-server --requirepass *** --masterauth ***"),
    ("ldapsearch -xw pw -D cn=admin", "ldapsearch -xw *** -D cn=admin"),
    ("sqlcmd -S db -U sa -P pw", "sqlcmd -S db -U sa -P ***"),
    ("mosquitto_pub -u me -P pw -t a", "mosquitto_pub -u me -P *** -t a"),
    ("http -a me:pw GET a.example", "http -a me:*** GET a.example"),
    ("ab -A me:pw http://a.example/", "ab -A me:*** http://a.example/"),
    ("lftp -u me,pw ftp.example", "lftp -u me,*** ftp.example"),
    ("7z a -ppw a.7z a", "7z a -p*** a.7z a"),
    ("openssl rsa -passin pass:pw -in a", "openssl rsa -passin pass:*** -in a"),
    ("docker login -u me -p pw r.example", "docker login -u me -p *** r.example"),
    ("helm registry login r.example -u me -p pw", "helm registry login r.example -u me -p ***"),
    ("docker exec db mysql -ppw", "docker exec db mysql -p***"),
    ("keytool -storepass changeit -list", "keytool -storepass *** -list"),
    ("sh -c 'set -e; mysql -ppw <a.sql'", "sh -c 'set -e; mysql -p*** <a.sql'"),
    ("sh -c \"curl -u me:pw x && exec serve\"", "sh -c \"curl -u me:*** x && exec serve\""),
    ("until mysqladmin -ppw ping; do sleep 1; done", "until mysqladmin -p*** ping; do sleep 1; done"),
    ("echo $(mysql -ppw -e 'select 1')", "echo $(mysql -p*** -e 'select 1')"),
    ("OTEL_HEADERS=authorization=Bearer%20abc,x=1 serve", "OTEL_HEADERS=authorization=***,x=1 serve"),
    ("DB_PASSWORD=ab,c serve", "DB_PASSWORD=*** serve"),
];

/// Command lines without a secret.
const ORDINARY: [&str; 56] = [
    "docker run -p 8080:80 -u root nginx",
    "docker run --name mysql -p3306:3306 mysql:8",
    "docker run -u 1000:1000 --user app:staff nginx",
    "docker compose -p shop up",
    "docker build --secret=id=npm,env=NPM_TOKEN .",
    "docker build --secret id=npm,env=NPM_TOKEN .",
    "podman run -p 127.0.0.1:8080:80/tcp nginx",
    "mysql -p",
    "mysql -p app",
    "mysql -u root -p -h db app",
    "mysql -u root -P 3306 -h db",
    "mysqldump --port=3306 --protocol=tcp app",
    "tar -pxf a.tar",
    "tar -xpf a.tar -C /app",
    "mkdir -p /app/data",
    "cp -pr a b",
    "ps -u root",
    "ssh -p 2222 host",
    "scp -P 2222 a host:b",
    "nc -z -u host 53",
    "curl -u user https://a.example",
    "curl -u \"$USER:$PASSWORD\" https://a.example",
    "curl -u ${USER}:${PASSWORD} https://a.example",
    "curl -p -U proxyuser -fsS http://localhost:8080/health",
    "curl -H 'Accept: application/json' http://localhost",
    "curl -H \"Authorization: Bearer $TOKEN\" x",
    "curl -H 'Authorization: Bearer ${TOKEN}' x",
    "curl --user-agent a:b http://localhost",
    "chown -R app:app /app",
    "gosu app:staff serve",
    "sudo -u www-data:www-data serve",
    "su -u app:staff",
    "serve -u root:root",
    "serve -u app:app --user 0:0",
    "serve -u http://localhost:8080",
    "gunicorn -u nobody -b 0.0.0.0:8000 app:main",
    "uvicorn app.main:app --port 80",
    "python -u manage.py runserver 0.0.0.0:8000",
    "python -m pytest -p no:cacheprovider",
    "redis-cli -h cache -p 6379 ping",
    "redis-server --port 6379 --appendonly yes",
    "mongosh --port 27017",
    "mongosh -p --host db",
    "ldapsearch -x -W -D cn=admin",
    "sqlcmd -S db -E",
    "psql -U app -p 5432 -w app",
    "pg_isready -U app -p 5432",
    "7z a -p a.7z a",
    "openssl rsa -passin env:PW -in key.pem -pubout",
    "openssl req -key server.key -new",
    "java -Xmx1g -jar app.jar -p 8080",
    "http GET a.example/curl -v",
    "helm upgrade web ./chart -f values.yaml",
    "nginx -p /etc/nginx -g 'daemon off;'",
    "apt-get install -y curl mysql && serve -p 80:80",
    "Basic authentication with a Bearer token is basic security",
];

#[test]
fn passwords_on_command_lines_are_masked_where_they_are() {
    for (command, masked) in COMMANDS {
        assert_eq!(redact_text(command), masked);
        assert!(is_secret("COMMAND", command), "{command}");
        // What is masked is not masked again.
        assert_eq!(redact_text(masked), masked);
    }
}

#[test]
fn an_ordinary_command_line_is_not_masked() {
    for command in ORDINARY {
        assert_eq!(redact_text(command), command);
    }
}

/// The words of a command line without quotation marks.
fn words_of(command: &str) -> Option<Vec<&str>> {
    let is_simple = !command.contains(['"', '\'', '\\', ';', '|', '&', '$', '(', '<', '\n']);
    is_simple.then(|| command.split_ascii_whitespace().collect())
}

#[test]
fn the_words_of_a_container_s_command_are_masked_as_its_text() {
    for (command, masked) in COMMANDS.into_iter().chain(ORDINARY.map(|command| (command, command))) {
        let (Some(words), Some(masked)) = (words_of(command), words_of(masked)) else { continue };
        let mut document = json!({"containerDefinitions": [
            {"name": "web", "command": words},
            {"name": "split", "entryPoint": [words[0]], "command": words[1..]},
            {"name": "shell", "command": ["sh", "-c", command]},
            {"name": "check", "healthCheck": {"command": ["CMD-SHELL", command]}},
            {"name": "variable", "environment": [{"name": "START", "value": command}]},
        ]});
        redact_document(&mut document);
        let containers = &document["containerDefinitions"];
        assert_eq!(containers[0]["command"], json!(masked));
        assert_eq!(containers[1]["command"], json!(masked[1..]));
        for text in [
            &containers[2]["command"][2],
            &containers[3]["healthCheck"]["command"][1],
            &containers[4]["environment"][0]["value"],
        ] {
            assert_eq!(*text, redact_text(command));
        }
    }
    let mut document = json!({"command": ["curl", "-H", "Authorization: Bearer xyz", "-u", "me:two words"]});
    redact_document(&mut document);
    assert_eq!(document["command"], json!(["curl", "-H", "Authorization: Bearer ***", "-u", "me:***"]));
    // A word is a password as a whole, whatever it contains.
    for (words, masked) in [
        (["mysql", "-p'a,b'"], ["mysql", "-p***"]),
        (["--password", "it's,hunter2"], ["--password", "***"]),
        (["--password", "-hunter2"], ["--password", "***"]),
        (["--password=it's hunter2", "x"], ["--password=***", "x"]),
        (["--no-auth", "--verbose"], ["--no-auth", "--verbose"]),
    ] {
        let mut document = json!({"command": words});
        redact_document(&mut document);
        assert_eq!(document["command"], json!(masked));
    }
}

#[test]
fn credentials_without_a_header_are_found() {
    for (text, masked) in [
        ("Bearer xyz", "Bearer ***"),
        ("Basic dXNlcjpwdw==", "Basic ***"),
        ("use Basic dXNlcjpwdw== here", "use Basic *** here"),
        ("use bearer 0a1b2c3d4e here", "use bearer *** here"),
        (r#"{"authorization": "Bearer xyz"}"#, r#"{"authorization": "Bearer ***"}"#),
        ("Authorization: SSWS 00abc", "Authorization: ***"),
        ("error: authorization: denied for user bob", "error: authorization: *** for user bob"),
        ("authorization=Basic dXNlcjpwdw==,x=1", "authorization=Basic ***,x=1"),
        ("serve --header authorization=Bearer abc", "serve --header authorization=Bearer ***"),
    ] {
        assert_eq!(redact("CREDENTIALS_HEADER", text), masked);
        let mut document = json!({"environment": [{"name": "CREDENTIALS_HEADER", "value": text}]});
        redact_document(&mut document);
        assert_eq!(document["environment"][0]["value"], masked);
    }
    for text in [
        "Bearer token",
        "Basic plan",
        "Basic authentication",
        "basic",
        "a bearer of news",
        "Bearer ${TOKEN}",
        "Authorization: none",
        "Basic cGxhbg==",
        "Cookie: consent",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/reset-password:latest",
        "reset-password:latest",
        "reset-password: it starts",
        "team/cookie:latest team/x-api-key:latest",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/API_KEY-AbCdEf:password::",
    ] {
        assert_eq!(redact("TEXT_HEADER", text), text);
    }
}

#[test]
fn a_short_secret_is_masked_only_where_it_is() {
    assert_eq!(redact_text("mysql -uroot -proot -h root"), "mysql -uroot -p*** -h root");
    assert_eq!(secret_parts("TEXT", "mysql -pab"), Vec::<&str>::new());
    let text = "mysql -plong-password; echo long-password";
    assert_eq!(redact_text(text), "mysql -p***; echo ***");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever the password, and whatever surrounds the command, it is not shown.
    #[test]
    fn a_password_of_any_text_is_masked(
        password in "[a-zA-Z0-9!%+.,_@^~:é語-]{1,20}zq[a-zA-Z0-9]{1,9}",
        before in "(|exec |sudo -E |A=1 |true && )",
        after in "(| x| ; true| \\| cat)",
    ) {
        for command in ["curl -fu u:{}", "mysql -p{}", "mysql -p'{}'", "sshpass -p '{}' ssh h", "x --password={}"] {
            let line = format!("{before}{}{after}", command.replace("{}", &password));
            let shown = redact_text(&line);
            proptest::prop_assert!(!shown.contains("zq"), "{line}: {shown}");
        }
    }

    /// Any text can be searched, and a second search finds nothing more.
    #[test]
    fn any_text_is_redacted_once(text in "[-a-z '\":=/\\\\$(;\n@,é]{0,40}(curl|mysql|docker login|Bearer|Basic|Cookie:)[-up 'x\":=\\\\é]{0,40}") {
        let shown = redact_text(&text);
        proptest::prop_assert_eq!(redact_text(&shown), shown);
    }
}
