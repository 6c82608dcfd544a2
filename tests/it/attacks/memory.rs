//! Memory of a process, as Linux reports it, and the child process of a case.

use std::process::Command;

use super::perform::{Report, perform};
use super::{Attack, all};

/// Set for a child: the name of the case, and the URL of its server.
const CHILD: &str = "FLIGHTSQL_TEST_ATTACK";

/// More than a few of the largest buffers, and far less than what the attacks send or claim.
const MOST: u64 = 64 << 20;

/// Two children at a time, as a machine for tests has two cores.
pub(super) static CHILDREN: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// A line of `/proc/self/status` in bytes; `None` where the system has no such file.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

/// The idle memory and the peak memory of this process.
#[derive(Default)]
pub(super) struct Meter {
    is_on: bool,
    idle: Option<u64>,
    peak: Option<u64>,
}

impl Meter {
    /// A meter that measures nothing, for a process that runs other tests too.
    pub(super) fn off() -> Self {
        Self::default()
    }

    /// Sets the peak back to the idle memory. Where that is not allowed, the peak so far is the idle memory.
    pub(super) fn begin(&mut self) {
        if self.is_on {
            self.idle = match std::fs::write("/proc/self/clear_refs", "5") {
                Ok(()) => status("VmRSS:"),
                Err(_) => status("VmHWM:"),
            };
        }
    }

    pub(super) fn end(&mut self) {
        if self.is_on {
            self.peak = status("VmHWM:");
        }
    }
}

/// Runs a case in a child process, and checks its memory.
pub(super) async fn in_child(attack: &Attack, url: String) -> Result<Report, String> {
    let task = format!("{} {url}", attack.name);
    let deadline = attack.deadline;
    let child = move || {
        let test = concat!(module_path!(), "::child");
        let test = test.split_once("::").unwrap().1;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture"])
            .env(CHILD, task)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // A child that allocates without end must not use all memory of the machine.
        let begun = std::time::Instant::now();
        let ends = begun + deadline + deadline;
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let read = |mut from: Box<dyn std::io::Read + Send>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = from.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        };
        let (out, err) = (read(Box::new(out)), read(Box::new(err)));
        while child.try_wait().unwrap().is_none() {
            if std::time::Instant::now() > ends {
                child.kill().unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        (out.join().unwrap(), err.join().unwrap())
    };
    let (out, err) = tokio::task::spawn_blocking(child).await.unwrap();
    if err.contains("panicked at") {
        return Err(err);
    }
    let line = |name: &str| {
        let found = out.lines().find_map(|line| line.split_once(name));
        found.map(|(_, text)| text.to_owned())
    };
    let (Some(kind), Some(text), Some(after), Some(grown)) = (
        line("kind: "),
        line("text: "),
        line("after: "),
        line("grown: "),
    ) else {
        let cut: String = out.chars().take(2000).collect();
        return Err(format!("no report of the child: {cut} {err}"));
    };
    match grown.parse::<u64>() {
        Ok(grown) if grown > MOST => {
            return Err(format!("the client took {} MiB of memory", grown >> 20));
        }
        Ok(grown) => println!("{}: {} KiB", attack.name, grown >> 10),
        Err(_) => println!(
            "{}: memory not checked: this system has no /proc/self/status",
            attack.name
        ),
    }
    Ok(Report { kind, text, after })
}

/// The client of one case, on the runtime of one thread that `tokio::test` has by default.
#[tokio::test]
#[ignore = "runs as a child process of the other tests of this module"]
async fn child() {
    let Ok(task) = std::env::var(CHILD) else {
        return;
    };
    let (name, url) = task.split_once(' ').unwrap();
    let attack = all().into_iter().find(|attack| attack.name == name);
    let attack = attack.unwrap();
    let mut memory = Meter {
        is_on: true,
        ..Meter::off()
    };
    let report = perform(&attack, url, &mut memory);
    let report = tokio::time::timeout(attack.deadline, report)
        .await
        .unwrap_or_else(|_| Report::late());
    if memory.peak.is_none() {
        memory.end();
    }
    let grown = memory.idle.zip(memory.peak);
    let grown = grown.map(|(idle, peak)| peak.saturating_sub(idle));
    let grown = grown.map_or_else(|| "unknown".to_owned(), |grown| grown.to_string());
    println!(
        "\nkind: {}\ntext: {}\nafter: {}\ngrown: {grown}",
        report.kind,
        report.text.replace('\n', " "),
        report.after
    );
    // Tasks of the client in the background must not keep the process.
    std::process::exit(0);
}
