//! Runs a target on its corpus and on mutations of it, without nightly Rust and without coverage.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::Target;
use crate::input::Random;

/// The longest input, as in `cargo fuzz` without options.
const MAX_LENGTH: usize = 4096;

/// The runs of a target that found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The files of the corpus.
    pub corpus: usize,
    /// The inputs that were run, with the corpus.
    pub runs: u64,
}

thread_local! {
    /// Whether a panic began in this thread, also one that the code catches.
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a target on its corpus, and then on mutations until the time is over.
///
/// # Errors
/// Returns the path of the first input that panics. A panic that the code under test catches counts as well.
pub fn run((name, function): Target, seed: u64, time: Duration) -> Result<Report, String> {
    watch_panics();
    let end = Instant::now() + time;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = corpus(&root.join("corpus").join(name))?;
    let mut runs = 0;
    let mut check = |input: &[u8]| {
        runs += 1;
        match is_clean(function, input) {
            true => Ok(()),
            false => Err(kept(root, name, input)),
        }
    };
    for input in &corpus {
        check(input)?;
    }
    let mut random = Random::new(seed);
    while Instant::now() < end {
        check(&mutated(&corpus, &mut random))?;
    }
    Ok(Report {
        corpus: corpus.len(),
        runs,
    })
}

fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICKED.set(true);
            default(panic);
        }));
    });
}

fn is_clean(function: fn(&[u8]), input: &[u8]) -> bool {
    PANICKED.set(false);
    let result = catch_unwind(AssertUnwindSafe(|| function(input)));
    result.is_ok() && !PANICKED.get()
}

fn corpus(folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let mut files = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()
        .map_err(unreadable)?;
    // Independent of the file system, as the seed is.
    files.sort();
    let inputs = files.iter().map(fs::read).collect::<Result<Vec<_>, _>>();
    inputs.map_err(unreadable)
}

/// Writes an input to a file, and returns the message that names it.
fn kept(root: &Path, name: &str, input: &[u8]) -> String {
    let folder = root.join("artifacts").join(name);
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let path = folder.join(format!("crash-{hash:016x}"));
    match fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input)) {
        Ok(()) => format!("{name} panics with the input {}", path.display()),
        Err(error) => format!("{name} panics with an input that was not written: {error}"),
    }
}

fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = pick(corpus, random).to_vec();
    for _ in 0..=random.below(5) {
        mutate(&mut input, corpus, random);
    }
    input.truncate(MAX_LENGTH);
    input
}

fn pick<'c>(corpus: &'c [Vec<u8>], random: &mut Random) -> &'c [u8] {
    corpus
        .get(random.below(corpus.len()))
        .map_or(&[], Vec::as_slice)
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    const SPECIAL: &[u8] = b"\x00\x01\x7f\x80\xff\xfe '\"`$?:@;%&=/\\-#[](){}*,.0\n\r\t";
    let at = random.below(input.len() + 1);
    let end = at + random.below(17).min(input.len() - at);
    match random.below(8) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 => input.insert(at, SPECIAL[random.below(SPECIAL.len())]),
        3 => drop(input.drain(at..end)),
        4 => {
            let copied = input[at..end].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, copied);
        }
        5 => {
            let other = pick(corpus, random);
            let from = random.below(other.len() + 1);
            let to = from + random.below(33).min(other.len() - from);
            input.splice(at..at, other[from..to].iter().copied());
        }
        6 => {
            let bytes = [random.byte(), random.byte(), random.byte(), random.byte()];
            input.splice(at..end, bytes);
        }
        _ => input.truncate(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_caught_and_uncaught_panics() {
        watch_panics();
        assert!(is_clean(|_| {}, b""));
        assert!(!is_clean(|_| panic!("uncaught"), b""));
        assert!(!is_clean(|_| drop(catch_unwind(|| panic!("caught"))), b""));
    }

    #[test]
    fn mutations_depend_on_the_seed_only() {
        let corpus = [b"SELECT 1".to_vec(), Vec::new()];
        let of = |seed| {
            let mut random = Random::new(seed);
            let inputs = (0..200).map(|_| mutated(&corpus, &mut random));
            inputs.collect::<Vec<_>>()
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert!(of(1).iter().all(|input| input.len() <= MAX_LENGTH));
    }
}
