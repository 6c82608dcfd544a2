//! The names of other drivers for the keys `oauth.*`.

/// Returns the key that has the meaning of another driver's name: JDBC's `oauth.clientId`, or ADBC's
/// `adbc.flight.sql.oauth.client_id`.
pub(in super::super) fn of_other_drivers(name: &str) -> Option<String> {
    let name = name.strip_prefix("adbc.flight.sql.").unwrap_or(name);
    let rest = name.strip_prefix("oauth.")?;
    let mut key = String::from("oauth.");
    // JDBC has one name for both flows.
    if rest == "resource" {
        key.push_str("exchange.");
    }
    for c in rest.chars().take(64) {
        if c.is_ascii_uppercase() {
            key.push('_');
        }
        key.push(c.to_ascii_lowercase());
    }
    super::super::keys::find(&key).map(|key| key.name.to_owned())
}
