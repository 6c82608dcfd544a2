//! The first test of a process by its name: it records the logs of the tests after it, for `secrets::logs`.

#[test]
fn install() {
    crate::secrets::install_recorder();
}
