//! One application for two drivers: the crate `blog` for sqlx-sqlite, and its copy with the names of this driver.

use super::*;

/// All differences between the sources for sqlx-sqlite and for this driver. The URL is an argument of the program.
fn names() -> [(&'static str, String); 2] {
    let sqlx = "sqlx = { version = \"=0.9.0\", default-features = false, features = \
                [\"runtime-tokio\", \"sqlite\", \"macros\", \"migrate\", \"chrono\"] }";
    let ours = format!(
        "sqlx = {{ package = \"flightsql\", path = {:?}, features = [\"testkit\"] }}",
        repository()
    );
    [(sqlx, ours), ("Sqlite", "FlightSql".to_owned())]
}

/// The files with a name, and the number of their lines that it changes. The crate has 479 lines.
const CHANGED: [(&str, usize); 5] = [
    ("Cargo.toml", 1),
    ("src/main.rs", 2),
    ("src/posts.rs", 2),
    ("src/router.rs", 3),
    ("src/tests.rs", 3),
];

const OUTPUT: &str = r#"POST /users name=ann&bio=writes -> 200 1
POST /users name=bob -> 200 2
POST /users name=ann -> 409
GET /users/ann -> 200 User { id: 1, name: "ann", bio: Some("writes"), is_admin: false }
GET /users/bob -> 200 User { id: 2, name: "bob", bio: None, is_admin: false }
GET /users/eve -> 404
POST /posts author=1&title=First&body=Hello -> 200 PostId(1) Draft
POST /posts author=1&title=Second&body=World -> 200 PostId(2) Draft
POST /posts author=7&title=Third&body=Nobody -> 400 author
POST /posts author=2&title=&body=Untitled -> 400 title
POST /posts/1/publish at=2026-02-28 12:30:00 -> 200 First Some(2026-02-28T12:30:00)
POST /posts/9/publish at=2026-02-28 12:30:00 -> 404
POST /posts/2/publish at=yesterday -> 400 at
POST /posts/1/comments author=2&body=Nice -> 200 1
POST /posts/1/comments author=1&body=Thanks -> 200 2
GET /posts -> 200 [Summary { id: PostId(1), title: "First", author: "ann", status: Published, published_at: Some(2026-02-28T12:30:00), comments: 2 }, Summary { id: PostId(2), title: "Second", author: "ann", status: Draft, published_at: None, comments: 0 }]
GET /posts status=published -> 200 [Summary { id: PostId(1), title: "First", author: "ann", status: Published, published_at: Some(2026-02-28T12:30:00), comments: 2 }]
GET /posts author=2 -> 200 []
GET /posts/1/comments -> 200 bob: Nice, ann: Thanks
POST /guests name=eve&title=&body=x -> 400 title
GET /users/eve -> 404
DELETE /posts/1 -> 200 1 deleted
left: 1 0
"#;

/// Replaces the names in each file below `folder`, and returns the number of changed lines by file.
fn port(root: &Path, folder: &Path, changed: &mut Vec<(String, usize)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            port(root, &path, changed);
            continue;
        }
        let before = fs::read_to_string(&path).unwrap();
        let after = names().iter().fold(before.clone(), |text, (name, ours)| {
            text.replace(name, ours)
        });
        fs::write(&path, &after).unwrap();
        let lines = before.lines().zip(after.lines());
        let count = lines.filter(|(before, after)| before != after).count();
        if count > 0 {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            changed.push((name, count));
        }
    }
}

fn schema(blog: &UserCrate) -> String {
    let file = |name| fs::read_to_string(blog.0.join("migrations").join(name)).unwrap();
    [file("1_users.sql"), file("2_posts.sql")].concat()
}

/// The names of the saved descriptions, which are hashes of the statements.
fn saved(blog: &UserCrate) -> Vec<std::ffi::OsString> {
    let files = fs::read_dir(blog.0.join(".sqlx")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    names
}

#[track_caller]
fn passes_its_tests(blog: &UserCrate, environment: &[(&str, &str)]) {
    blog.touch();
    let mut cargo = blog.command(env!("CARGO"), environment);
    let tested = cargo.args(["test", "--quiet"]).output().unwrap();
    succeeded(&tested);
    let text = String::from_utf8_lossy(&tested.stdout);
    assert!(text.contains("2 passed"), "{text}");
}

#[test]
fn j16_one_application_runs_on_both_drivers() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    // sqlx-sqlite: saved by the tests' compilation, and then compiled without a database.
    let sqlite = UserCrate::of("blog");
    let dev = sqlite.0.join("dev.db");
    let connection = rusqlite::Connection::open(&dev).unwrap();
    connection.execute_batch(&schema(&sqlite)).unwrap();
    let url = format!("sqlite://{}", dev.display());
    let folder = sqlite.0.join(".sqlx");
    fs::create_dir(&folder).unwrap();
    let save = ("SQLX_OFFLINE_DIR", folder.to_str().unwrap());
    passes_its_tests(&sqlite, &[("DATABASE_URL", &url), save]);
    let run = format!("sqlite://{}?mode=rwc", sqlite.0.join("run.db").display());
    let expected = sqlite.prints(&[("SQLX_OFFLINE", "true")], &[&run]);

    // This driver, with URLs that name no dialect.
    let ours = UserCrate::within(&scratch().join("blog-flightsql"), "blog", true);
    let mut changed = Vec::new();
    port(&ours.0, &ours.0, &mut changed);
    changed.sort();
    assert_eq!(
        changed,
        CHANGED.map(|(name, count)| (name.to_owned(), count))
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let [dev, run] = [(), ()].map(|()| runtime.block_on(TestServer::sqlite()).unwrap());
    dev.sqlite().execute_batch(&schema(&ours)).unwrap();
    let url = dev.url();
    succeeded(&ours.flightsql(&["prepare", "-D", &url, "--", "--all-targets"]));
    assert_eq!(saved(&ours), saved(&sqlite));
    // `DATABASE_URL` is set for `query!`; the tests run on embedded servers.
    let offline = ("SQLX_OFFLINE", "true");
    passes_its_tests(&ours, &[offline, ("DATABASE_URL", &url)]);
    let printed = ours.prints(&[offline], &[&run.url()]);

    assert_eq!(printed, expected);
    assert_eq!(printed, OUTPUT);
}
