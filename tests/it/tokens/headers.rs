//! Static headers: any `authorization`, and binary values.

use super::*;

/// base64("ann:pass")
const BASIC: &str = "Basic YW5uOnBhc3M=";

#[tokio::test]
async fn sends_any_authorization() {
    let server = secured(TestServer::builder().basic("ann", "pass")).await;
    let by_url = trusting(&server, "", "?authorization=Basic%20YW5uOnBhc3M=");
    let built = trusting(&server, "", "").authorization(BASIC);
    for options in [by_url, built] {
        let mut connection = connect(&options).await;
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
        let text = format!(
            "{options:?} {} {}",
            options.to_url_lossy(),
            connection.is_broken()
        );
        assert!(!text.contains("YW5u"), "{text}");
    }
    assert_eq!(sent(&server), [BASIC; 2]);
    assert_eq!(server.count(Rpc::Handshake), 0);
}

#[tokio::test]
async fn masks_any_authorization() {
    let server = secured(TestServer::builder().bearer("right")).await;
    let options = trusting(&server, "", "").authorization("Custom hunter2-s3cret");
    let error = select(&mut connect(&options).await, 1).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    assert_eq!(sent(&server)[0], "Custom hunter2-s3cret");
}

#[tokio::test]
async fn sends_binary_headers() {
    let server = secured(TestServer::builder()).await;
    let options = trusting(&server, "", "?header.x-one-bin=AP8=").header("X-Two-Bin", "AP8");
    let mut connection = connect(&options).await;
    assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    for call in server.calls() {
        assert_eq!(call.header("x-one-bin"), Some("AP8"));
        assert_eq!(call.header("x-two-bin"), Some("AP8"));
    }
}
