//! Reads small files whose paths are options.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::check::token_problem;
use super::{OptionsError, Token};

/// The maximum size of a password or token; the longest tokens in use are a few KiB.
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// Returns the bytes of a file, at most `max`. The error text follows the name of an option.
pub(super) fn read(path: &Path, max: u64) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(unreadable)?;
    file.take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= max) {
        Ok(bytes)
    } else {
        Err(format!("names a file of more than {max} bytes"))
    }
}

fn unreadable(error: std::io::Error) -> String {
    format!("names a file that cannot be read: {}", error.kind())
}

/// Like [`read`], of a regular file: a pipe without a writer would block the thread.
#[cfg(feature = "profile")]
pub(super) fn read_regular(path: &Path, max: u64) -> Result<Zeroizing<Vec<u8>>, String> {
    check_regular(path)?;
    read(path, max)
}

fn check_regular(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    match metadata.is_file() {
        true => Ok(()),
        false => Err("names something that is not a regular file".to_owned()),
    }
}

/// Returns the text of a file without the newline that editors add at its end.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let bytes = read(path, MAX_SECRET_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "names a file that is not UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("names an empty file".to_owned());
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Returns the token of a `token_file`.
pub(crate) fn read_token(path: &Path) -> Result<Token, OptionsError> {
    match token(path) {
        Ok(text) => Ok(Token::bearer(&**text)),
        Err(problem) => Err(OptionsError::value("token_file", problem)),
    }
}

/// Returns the text of a token. The error text follows the name of an option.
///
/// The client reads the file repeatedly, and a pipe has only one token and blocks a thread without a writer.
pub(super) fn token(path: &Path) -> Result<Zeroizing<String>, String> {
    check_regular(path)?;
    let text = read_secret(path)?;
    match token_problem(&text) {
        Some(problem) => Err(format!("names a file whose text {problem}")),
        None => Ok(text),
    }
}

#[cfg(all(test, feature = "dialect-file"))]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use crate::options::ConnectOptions;

    #[test]
    fn a_url_reads_its_dialect_from_a_file() {
        let folder =
            std::env::temp_dir().join(format!("flightsql-client-url-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("quarry.toml");
        fs::write(&path, "name = \"quarry\"\n").unwrap();
        let url = format!("flightsql://h:1?dialect_file={}", path.display());
        let options: ConnectOptions = url.parse().unwrap();
        assert_eq!(options.get_dialect().name(), "quarry");
        assert_eq!(options.to_url_lossy().as_str(), url);
        let built = ConnectOptions::new().host("h").port(1);
        let built = built.dialect_file(&path).unwrap();
        assert_eq!(built.to_url_lossy(), options.to_url_lossy());

        let relative = "flightsql://h:1?dialect_file=quarry.toml";
        let other = folder.join("other");
        let parse =
            |folders: &[PathBuf]| ConnectOptions::parse_url(&relative.parse().unwrap(), folders);
        let found = parse(&[other.clone(), folder.clone()]).unwrap();
        assert_eq!(found.get_dialect_file(), Some(&*path));
        let error = parse(&[other.clone(), folder.join("third")])
            .unwrap_err()
            .to_string();
        let tried = format!(
            "no dialect file found; tried {}, {}",
            other.join("quarry.toml").display(),
            folder.join("third/quarry.toml").display()
        );
        assert!(error.contains(&tried), "{error}");

        for (url, why) in [
            (format!("{url}&dialect=sqlite"), "contradicts `dialect"),
            (url.replace('?', "?dialect=auto&"), "contradicts `dialect"),
            (
                format!("sqlite+{url}"),
                "contradicts the dialect in the URL's scheme",
            ),
            (format!("{url}x"), "no dialect file found; tried "),
        ] {
            let error = url.parse::<ConnectOptions>().unwrap_err();
            assert!(error.to_string().contains(why), "{url}: {error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

#[cfg(all(test, unix))]
mod token_tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::read_token;

    #[test]
    fn a_token_is_read_from_a_regular_file_only() {
        let folder = std::env::temp_dir();
        let pipe = folder.join(format!("flightsql-client-pipe-{}", std::process::id()));
        let _ = std::fs::remove_file(&pipe);
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [folder, pipe.clone(), "/dev/zero".into()] {
            let (sender, read) = mpsc::channel();
            let shown = path.display().to_string();
            std::thread::spawn(move || sender.send(read_token(&path).map_err(|e| e.to_string())));
            // A pipe without a writer blocks its reader.
            let text = read.recv_timeout(Duration::from_secs(10)).expect(&shown);
            let text = text.unwrap_err();
            assert!(text.contains("is not a regular file"), "{shown}: {text}");
        }
        std::fs::remove_file(pipe).unwrap();
    }
}
