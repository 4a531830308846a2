use serde_json::json;

use super::json::{find_in_document, redact_document};
use super::*;

mod commands;

#[test]
fn a_secret_is_recognized_by_its_name() {
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "GITHUB_TOKEN",
        "NPM_AUTH",
        "DB_PASSWORD",
        "api_key",
        "apiKey",
        "MyToken",
        "SENTRY_DSN",
        "DB_PWD",
        "npm_config__auth",
        "splunk-token",
        "VAULT_SECRET_ID",
        "SECRET_KEY_BASE",
        "GITHUBTOKEN",
        "license_key",
        "DBPASS",
        "storepass",
    ] {
        assert!(is_secret(name, "hunter2-hunter2"), "{name}");
    }
}

#[test]
fn a_name_of_something_public_is_no_secret() {
    for name in [
        "IMAGE_NAME",
        "DEPLOY_BRANCHES",
        "ECS_SERVICE_AUTHORS",
        "REMOTE_IMAGE_URL",
        "ECS_CLUSTER_MONKEYS",
        "AWS_REGION",
        "PWD",
        "OLDPWD",
        "PUBLIC_KEY",
        "SSH_PUBLIC_KEY",
        "CACHE_KEY",
        "NODE_CACHE_KEY",
        "TOKEN_URL",
        "SECRETS_ARN",
        "SSH_AUTH_SOCK",
        "STRIPE_PUBLISHABLE_KEY",
        "ENABLE_AUTH",
        "GPG_KEY_ID",
        "PASSWORD_FILE",
        "TOKENIZER",
        "AWS_CREDENTIAL_EXPIRATION",
        "KEYCLOAK_HOST",
        "SECRET_NAME",
        "TOKEN_TTL",
        "SONAR_PROJECT_KEY",
        "ECS_CLUSTER_FEATURE_RESET_PASSWORD",
        "CACHE_BYPASS",
        "COMPASS",
    ] {
        assert!(!is_secret(name, "hunter2-hunter2"), "{name}");
    }
}

#[test]
fn a_trivial_value_is_no_secret() {
    for value in [
        "",
        "true",
        "\"true\"",
        "False",
        "yes",
        "no",
        "on",
        "off",
        "0",
        "1",
        "3600",
        "abc",
        "basic",
        "$DB_PASSWORD",
        "${DB_PASSWORD}",
        "<password>",
        "***",
        "/home/ci/.ssh/id",
        "/tmp/key",
        "~/key",
        "./key",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
    ] {
        assert!(!is_secret("DB_PASSWORD", value), "{value}");
    }
    // A key in base64 may begin with a slash.
    for value in ["/AbCd/efgh", "$ecret123", "12345678", "hunter2"] {
        assert!(is_secret("DB_PASSWORD", value), "{value}");
    }
}

#[test]
fn a_secret_is_recognized_by_its_value() {
    for (value, secret) in [
        ("postgres://user:pass-word@db.example/app", "pass-word"),
        ("postgres://user:pa/ss@db.example/app", "pa/ss"),
        ("amqp://a:b@h, amqp://a:pass-word@h", "pass-word"),
        ("redis://:pass-word@cache:6379/0", "pass-word"),
        ("https://idp.example/hook?x=1&token=pass-word&y=2", "pass-word"),
        ("Server=db;User=app;Password=pass-word;", "pass-word"),
        ("-Xmx1g -Dspring.datasource.password=pass-word", "pass-word"),
        ("ghp_0123456789abcdefghij", "ghp_0123456789abcdefghij"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END"),
    ] {
        assert_eq!(secret_parts("ANY", value), [secret], "{value}");
    }
    for value in [
        "https://db.example:8080/path@x",
        "https://user@db.example/",
        "postgres://${USER}:${PASSWORD}@db/app",
        "git@github.com:a/b",
        "s3://bucket/key",
        "https://idp.example/?cache_key=pass-word",
        "a=b",
        "é=ü",
    ] {
        assert!(!is_secret("ANY", value), "{value}");
    }
}

#[test]
fn a_redacted_value_keeps_what_is_public() {
    assert_eq!(redact("DATABASE_URL", "postgres://app:hunter2@db/app"), "postgres://app:***@db/app");
    assert_eq!(redact("DB_PASSWORD", "hunter2"), "***");
    assert_eq!(redact("ENABLE_AUTH", "true"), "true");
    assert_eq!(redact_text("run --password=hunter2 --all"), "run --password=*** --all");
}

#[test]
fn a_path_in_a_folder_of_the_job_is_no_secret() {
    let environment = Environment::from_iter([
        ("PWD", "/simple-todo"),
        ("HOME", "/"),
        ("DEPLOY_KEY", "/simple-todo/key"),
        ("DB_PASSWORD", "/simple-todo2"),
        ("API_KEY", "/hunter2"),
    ]);
    assert_eq!(environment.secrets().map(|(name, _)| name).collect::<Vec<_>>(), ["API_KEY", "DB_PASSWORD"]);
}

#[test]
fn the_secrets_of_a_document_are_found_and_masked_in_place() {
    let mut document = json!({
        "containerDefinitions": [{
            "name": "web",
            "environment": [
                {"name": "DB_PASSWORD", "value": "hunter2"},
                {"name": "MODE", "value": "production"},
                {"name": "URL", "value": "redis://:hunter3@h"},
            ],
            "command": ["run", "--api-key", "hunter4", "--token=hunter5", "x"],
            "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "hunter6", "splunk-url": "h"}},
            "dockerLabels": {"traefik.key": "hunter7"},
            "secrets": [{"name": "PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/p"}],
            "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:1:secret:s"},
        }],
        "tags": [{"key": "owner-token", "value": "hunter8"}],
    });
    let found = find_in_document(&document);
    let expected: Vec<String> = (2..=8).map(|number| format!("hunter{number}")).collect();
    assert_eq!(found, expected);
    redact_document(&mut document);
    let web = &document["containerDefinitions"][0];
    assert_eq!(web["environment"][1], json!({"name": "MODE", "value": "production"}));
    assert_eq!(web["environment"][2]["value"], "redis://:***@h");
    assert_eq!(web["command"], json!(["run", "--api-key", "***", "--token=***", "x"]));
    assert!(web["secrets"][0]["valueFrom"].as_str().unwrap().starts_with("arn:"));
    assert!(!document.to_string().contains("hunter"), "{document}");
}

#[test]
fn the_variables_and_build_arguments_of_a_decision_have_names() {
    let settings = |key| json!([{"name": "API_KEY", "value": key}, {"name": "MODE", "value": "production"}]);
    let decision = |key| {
        json!({
            "images": [{"source": {"build": {"arguments": settings(key), "labels": settings(key)}}}],
            "targets": [{"containers": [{"environment": settings(key)}]}],
        })
    };
    let mut hidden = decision("hunter2");
    redact_document(&mut hidden);
    assert_eq!(hidden, decision("***"));
}

#[test]
fn secrets_of_commands_headers_and_json_are_found_in_a_text() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0";
    for (text, secret) in [
        ("serve --token plaintok3nvalue77 --port 80", "plaintok3nvalue77"),
        ("mysql --password 'two words'", "two words"),
        ("curl -H 'Authorization: Bearer abcdefgh12345678' x", "abcdefgh12345678"),
        ("curl -H \"X-Api-Key: k3yk3yk3y\" x", "k3yk3yk3y"),
        (r#"{"db":{"password" : "jsonpw999"}}"#, "jsonpw999"),
        ("https://hooks.slack.com/services/T000/B000/XXXXYYYY", "T000/B000/XXXXYYYY"),
        (&format!("token {jwt}."), jwt),
    ] {
        assert_eq!(secret_parts("TEXT", text), [secret], "{text}");
        assert_eq!(redact_text(text), text.replace(secret, MASK));
    }
    for text in [
        "Rotate password: documentation",
        "use --token and --password to log in",
        "--password-file /run/secrets/db",
        r#"{"tokenUrl": "https://example.com/token"}"#,
        "eyJhbGciOiJIUzI1NiJ9 is a header",
    ] {
        assert_eq!(secret_parts("TEXT", text), Vec::<&str>::new(), "{text}");
    }
}
