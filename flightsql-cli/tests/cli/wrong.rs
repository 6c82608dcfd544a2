//! Wrong use: exit code 2, a hint, and no secret.

use flightsql_cli::Exit;

use crate::common::{directory, run, server};

#[tokio::test]
async fn reports_every_mistake() {
    let url = "flightsql+tcp://127.0.0.1:1";
    let missing = directory("wrong").join("nothing.sql");
    let missing = missing.to_str().unwrap();
    for (args, expected) in [
        (&[][..], "Usage: flightsql"),
        (&["fly"], "unrecognized subcommand"),
        (&["tables"], "set FLIGHTSQL_URL"),
        (&["query", url], "no statement is specified"),
        (&["query", "SELECT", "1"], "put SQL in quotes"),
        (
            &["query", url, "SELECT 1", "--file", missing],
            "specified twice",
        ),
        (&["query", url, "--file", missing], "nothing.sql"),
        (&["query", url, "SELECT 1", "--url", url], "specified twice"),
        (&["query", url, "SELECT 1", "--format", "xml"], "ndjson"),
        (
            &["query", url, "SELECT 1", "--max-rows", "few"],
            "--max-rows",
        ),
        (&["columns", url], "no table is specified"),
        (&["tables", "flightsql+tcp://127.0.0.1"], "port"),
        (&["tables", "postgres://127.0.0.1:1"], "flightsql+tcp://"),
        (
            &["tables", "flightsql+tcp://127.0.0.1:1?query_timout=1s"],
            "did you mean `query_timeout`",
        ),
        (&["tables", "127.0.0.1:1"], "not a URL"),
        (
            &["tables", "flightsql+tcp://127.0.0.1:1?token_command=x"],
            "`token_command` must not be in a URL",
        ),
        (
            &[
                "tables",
                url,
                "--token-command",
                "x",
                "--password-command",
                "x",
            ],
            "cannot be used with",
        ),
        (
            &[
                "tables",
                "flightsql+tcp://a:p@127.0.0.1:1",
                "--password-command",
                "x",
            ],
            "the URL and --password-command both contain credentials",
        ),
        (
            &[
                "tables",
                "flightsql+tcp://127.0.0.1:1?token=t",
                "--password-command",
                "x",
            ],
            "both contain credentials",
        ),
        (
            &[
                "tables",
                "flightsql+tcp://a@127.0.0.1:1",
                "--token-command",
                "x",
            ],
            "the URL and --token-command both contain credentials",
        ),
    ] {
        let wrong = run(args).await;
        wrong.fails(Exit::Usage, &[expected]);
        assert_eq!(wrong.out(), "", "{args:?}");
    }
}

#[tokio::test]
async fn names_unwritable_output() {
    let server = server().await;
    let nowhere = directory("nowhere").join("not-there").join("x.csv");
    let args = ["query", &server.url(), "SELECT 1", "-o"];
    let failed = run(&[&args[..], &[nowhere.to_str().unwrap()]].concat()).await;
    failed.fails(Exit::Usage, &["cannot write to", "not-there"]);
}

#[tokio::test]
async fn help_and_version_succeed() {
    for verb in ["doctor", "query", "tables", "columns", "info", "serve"] {
        let help = run(&[verb, "--help"]).await.clean();
        assert!(help.contains("Usage: flightsql"), "{help}");
    }
    let version = run(&["--version"]).await.clean();
    assert_eq!(
        version,
        format!("flightsql {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn never_prints_secrets_of_arguments() {
    const SECRET: &str = "hunter2-s3cret";
    let url = format!("flightsql+tcp://ann:{SECRET}@127.0.0.1:1?token_file=x");
    let bad_key = format!("flightsql+tcp://ann:{SECRET}@127.0.0.1:1?tokn={SECRET}");
    let option = format!("--url={url}");
    for args in [
        &[&*url][..],
        &["tables", &*url, &*url],
        &["tables", &*bad_key],
        &["tables", &*url],
        &["tables", &*url, &*option],
        &["fly", &*option],
        &["query", &*url, "SELECT 1", "more"],
        &["query", "SELECT 1", &*url],
        &["columns", &*url, &*url],
        &["doctor", &*url],
        &["serve", "--listen", &*url],
        &["serve", "--passwrd", SECRET],
    ] {
        let wrong = run(args).await;
        assert_ne!(wrong.exit, Exit::Success, "{args:?}");
        let said = format!("{}{}", wrong.out(), wrong.err);
        assert!(!said.is_empty());
        assert!(!said.contains(SECRET), "{said}");
    }
}
