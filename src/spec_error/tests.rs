//! Every error becomes a box.

#[test]
fn every_error_becomes_a_box() {
    #[derive(Debug)]
    struct Nameless;
    struct Shown;
    impl std::fmt::Display for Shown {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("shown")
        }
    }
    let error = crate::__spec_error!(std::fmt::Error);
    assert!(error.is::<std::fmt::Error>());
    assert_eq!(crate::__spec_error!("text").to_string(), "text");
    assert_eq!(crate::__spec_error!(Shown).to_string(), "shown");
    assert!(
        crate::__spec_error!(Nameless)
            .to_string()
            .contains("Nameless")
    );
}
