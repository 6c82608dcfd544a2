//! Peers that speak another protocol, or none.

use super::{Attack, socket};

const INVALID: &str = "io InvalidData";

/// A peer that waits for the client's first bytes and sends these.
fn sends(name: &'static str, bytes: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Attack {
    answers(name, false, bytes)
}

fn answers(
    name: &'static str,
    tls: bool,
    bytes: impl Fn() -> Vec<u8> + Send + Sync + 'static,
) -> Attack {
    socket(name, tls, move |mut peer| {
        let bytes = bytes();
        async move {
            peer.hear().await?;
            peer.send(bytes).await?;
            peer.wait().await
        }
    })
}

/// A TLS record of this type.
fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![kind, 3, 3];
    bytes.extend(length);
    bytes.extend(payload);
    bytes
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = vec![
        sends("http1_page", || {
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()
        })
        .fails(INVALID, "HTTP/1"),
        sends("ssh_banner", || b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()).fails(INVALID, ""),
        sends("tls_alert_to_plaintext", || record(21, &[2, 10])).fails(INVALID, "TLS"),
        sends("zeros", || vec![0; 100_000]).fails(INVALID, ""),
        sends("goaway_before_the_settings", || {
            let mut bytes = vec![0, 0, 8, 7, 0, 0, 0, 0, 0];
            bytes.extend([0; 8]);
            bytes
        })
        .fails(INVALID, ""),
        sends("settings_that_claim_16_mib", || {
            vec![0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0]
        })
        .fails("io ConnectionReset", ""),
        sends("half_of_a_settings_frame", || vec![0, 0, 6, 4, 0])
            .options("connect_timeout=300ms")
            .fails("io TimedOut", "connect_timeout"),
        socket("silence_after_accept", false, |peer| peer.wait())
            .options("connect_timeout=300ms")
            .fails("io TimedOut", "connect_timeout"),
        socket("close_after_accept", false, |peer| async move {
            drop(peer);
            Ok(())
        })
        .fails(
            "io ConnectionAborted",
            "closed the connection without a response",
        ),
        socket("banner_without_an_end", false, |peer| {
            peer.flood(b"hello ".to_vec())
        })
        .fails(INVALID, "")
        .memory(),
    ];
    if cfg!(feature = "tls") {
        attacks.extend([
            answers("plaintext_instead_of_tls", true, || {
                let mut bytes = vec![0, 0, 0, 4, 0, 0, 0, 0, 0];
                bytes.extend([0; 64]);
                bytes
            })
            .fails("tls", ""),
            answers("garbage_instead_of_tls", true, || vec![0xff; 1000]).fails("tls", ""),
            answers("tls_alert", true, || record(21, &[2, 40])).fails("tls", ""),
            answers("tls_handshake_of_garbage", true, || {
                record(22, &[0xff; 5000])
            })
            .fails("tls", ""),
            answers("tls_handshake_that_claims_16_mib", true, || {
                record(22, &[2, 0xff, 0xff, 0xff, 3, 3])
            })
            .fails("tls", ""),
            answers("tls_data_before_the_handshake", true, || {
                record(23, &[0; 100])
            })
            .fails("tls", ""),
            socket(
                "tls_handshake_without_an_end",
                true,
                |mut peer| async move {
                    peer.hear().await?;
                    // A certificate message of 16 MiB, which never ends.
                    peer.send(record(22, &[11, 0xff, 0xff, 0xff])).await?;
                    peer.flood(record(22, &[0; 10_000])).await
                },
            )
            .fails("tls", "")
            .memory(),
            socket("tls_silence", true, |peer| peer.wait())
                .options("connect_timeout=300ms")
                .fails("io TimedOut", "connect_timeout"),
        ]);
    }
    attacks
}
