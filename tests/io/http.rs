//! HTTP and TCP.

use std::future::{pending, ready};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use midwatch::domain::io::{Delivery, IoReply, IoRequest, Reason, TcpRequest, Value};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::servers::*;

#[tokio::test]
async fn an_answer_comes_whole() {
    let address = answering(|text| {
        assert!(text.starts_with("GET /health?deep=1 HTTP/1.1\r\n"));
        assert!(text.contains(concat!("user-agent: midwatch/", env!("CARGO_PKG_VERSION"))));
        assert!(text.contains("x-plain: yes"));
        response("503 Service Unavailable", "X-One: a\r\nx-two: b\u{202e}evil\r\nRetry-After: 7\r\n", "{}")
    })
    .await;
    let mut request = get(format!("http://{address}/health?deep=1"));
    request.headers = vec![("X-Plain".into(), Value::Plain("yes".into()))];
    let reply = fetched(&io(), request).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.body, b"{}");
    assert!(!reply.truncated);
    assert_eq!(reply.header("x-one"), Some("a"));
    assert_eq!(reply.header("retry-after"), Some("7"));
    assert_eq!(reply.header("x-two"), Some("b\u{fffd}evil"));
    assert!(reply.latency > Duration::ZERO && reply.latency < Duration::from_secs(20));
    assert_eq!(reply.certificate_days, None);
}

#[tokio::test]
async fn a_body_is_sent_as_it_stands() {
    let address = answering(|text| {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("PUT / "), "{head}");
        response("200 OK", "", body)
    })
    .await;
    let mut request = get(format!("http://{address}/"));
    request.method = "PUT".into();
    request.body = Some(Value::Plain("on é".into()));
    assert_eq!(fetched(&io(), request).await.body, "on é".as_bytes());
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = failed(&io(), get(format!("http://{address}/"))).await;
    assert_eq!(failure.reason, Reason::Connect);
    assert_eq!(failure.detail, "connection refused");
    assert_eq!(failure.delivery, Delivery::NotSent);

    let request =
        TcpRequest { host: "127.0.0.1".into(), port: address.port(), timeout: Duration::from_secs(20) };
    let IoReply::Failed(failure) = io().perform(&IoRequest::Tcp(request), None, pending()).await else {
        panic!("connected to nobody")
    };
    assert_eq!((failure.reason, failure.detail.as_str()), (Reason::Connect, "connection refused"));
}

#[tokio::test]
async fn a_name_that_is_not_found_is_dns() {
    let failure = failed(&io(), get("http://nowhere.invalid/")).await;
    assert_eq!(failure.reason, Reason::Dns, "{failure:?}");
    assert_eq!(failure.delivery, Delivery::NotSent);
    assert!(failure.detail.starts_with("name not "), "{failure:?}");

    let request = TcpRequest { host: "nowhere.invalid".into(), port: 1, timeout: Duration::from_secs(20) };
    let IoReply::Failed(failure) = io().perform(&IoRequest::Tcp(request), None, pending()).await else {
        panic!("connected to nobody")
    };
    assert_eq!(failure.reason, Reason::Dns);
}

#[tokio::test]
async fn a_tcp_connection_is_made_by_name_and_by_address() {
    let (address, _) = server(|_, _| ready(())).await;
    for host in ["127.0.0.1", "localhost"] {
        let request =
            TcpRequest { host: host.into(), port: address.port(), timeout: Duration::from_secs(20) };
        let reply = io().perform(&IoRequest::Tcp(request), None, pending()).await;
        assert!(matches!(reply, IoReply::Tcp(_)), "{reply:?}");
    }
}

#[tokio::test]
async fn what_is_not_a_request_is_not_sent() {
    let url = |url: &str| get(url);
    let mut header = get("http://127.0.0.1:1/");
    header.headers = vec![("x".into(), Value::Plain("a\r\nb: c".into()))];
    let mut method = get("http://127.0.0.1:1/");
    method.method = "GE T".into();
    for request in [url("nonsense"), url("file:///etc/passwd"), url("http://"), header, method] {
        let failure = failed(&io(), request.clone()).await;
        assert_eq!(failure.delivery, Delivery::NotSent, "{request:?}");
        assert!(failure.detail.contains("not a") || failure.detail.contains("cannot be sent"), "{failure:?}");
    }
}

#[tokio::test]
async fn silence_is_a_timeout_and_its_delivery_unknown() {
    let (address, _) = server(|mut stream, _| async move {
        request(&mut stream).await;
        pending::<()>().await;
    })
    .await;
    let mut request = get(format!("http://{address}/"));
    request.timeout = Duration::from_millis(200);
    let failure = failed(&io(), request).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Timeout, Delivery::Unknown));
    assert_eq!(failure.detail, "no answer in 200 ms");
}

#[tokio::test]
async fn a_body_that_drips_past_the_time_is_a_timeout() {
    let (address, _) = server(|mut stream, _| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let mut request = get(format!("http://{address}/"));
    request.timeout = Duration::from_millis(300);
    assert_eq!(failed(&io(), request).await.reason, Reason::Timeout);
}

#[tokio::test]
async fn a_cancelled_request_says_so() {
    let (address, _) = server(|mut stream, _| async move {
        request(&mut stream).await;
        pending::<()>().await;
    })
    .await;
    let cancelled = tokio::time::sleep(Duration::from_millis(50));
    let request = IoRequest::Http(get(format!("http://{address}/")));
    let IoReply::Failed(failure) = io().perform(&request, None, cancelled).await else { panic!("answered") };
    assert_eq!(failure.delivery, Delivery::Cancelled);
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_been_heard() {
    for (said, words) in [
        (&b""[..], "closed"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "closed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", "closed"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\nhalf", "closed"),
    ] {
        let (address, count) = server(move |mut stream, _| async move {
            request(&mut stream).await;
            stream.write_all(said).await.unwrap();
        })
        .await;
        let failure = failed(&io(), get(format!("http://{address}/"))).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::Unknown), "{failure:?}");
        assert!(failure.detail.contains(words), "{failure:?}");
        assert_eq!(count.load(Ordering::SeqCst), 1, "a new connection that breaks is a failure, once");
    }
}

#[tokio::test]
async fn a_reset_in_the_middle_of_a_body_is_said() {
    let (address, _) = server(|mut stream, _| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        // Closing with no time to linger sends a reset.
        stream.set_zero_linger().unwrap();
    })
    .await;
    let failure = failed(&io(), get(format!("http://{address}/"))).await;
    assert_eq!((failure.reason, failure.detail.as_str()), (Reason::Connect, "connection reset"));
    assert_eq!(failure.delivery, Delivery::Unknown);
    assert_eq!(failure.words(), "sent, and the answer was lost: connection reset");
}

/// A server that closes every kept connection the moment a second request arrives on it.
async fn closing() -> (std::net::SocketAddr, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    server(|mut stream, _| async move {
        request(&mut stream).await;
        stream.write_all(&response("200 OK", "", "ok")).await.unwrap();
        request(&mut stream).await;
    })
    .await
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closes_is_no_failure() {
    let (address, count) = closing().await;
    let io = io();
    for _ in 0..3 {
        assert_eq!(fetched(&io, get(format!("http://{address}/"))).await.body, b"ok");
    }
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_change_never_meets_a_kept_connection() {
    let (address, count) = closing().await;
    let io = io();
    for _ in 0..3 {
        let mut request = get(format!("http://{address}/"));
        request.method = "POST".into();
        assert_eq!(fetched(&io, request).await.status, 200);
    }
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_not_http_is_parse() {
    for said in
        [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"\x15\x03\x01\x00\x02\x02\x46", b"<html>nothing</html>\r\n\r\n"]
    {
        let (address, _) = server(move |mut stream, _| async move {
            request(&mut stream).await;
            stream.write_all(said).await.unwrap();
        })
        .await;
        let failure = failed(&io(), get(format!("http://{address}/"))).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Parse, Delivery::Unknown), "{failure:?}");
        assert!(failure.detail.starts_with("not HTTP"), "{failure:?}");
    }
}

#[tokio::test]
async fn headers_without_end_are_a_limit() {
    let (address, _) = server(|mut stream, _| async move {
        request(&mut stream).await;
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while sent.is_ok() {
            sent = stream.write_all(format!("x-more: {}\r\n", "x".repeat(4000)).as_bytes()).await;
        }
    })
    .await;
    let failure = failed(&io(), get(format!("http://{address}/"))).await;
    assert_eq!(failure.reason, Reason::Limit, "{failure:?}");
}

#[tokio::test]
async fn headers_are_kept_up_to_a_limit() {
    let address = answering(|_| {
        let many: Vec<String> =
            (0..90).map(|number| format!("x-{number}: {}\r\n", "é".repeat(2000))).collect();
        response("200 OK", &many.concat(), "")
    })
    .await;
    let reply = fetched(&io(), get(format!("http://{address}/"))).await;
    assert_eq!(reply.headers.len(), 64);
    assert!(reply.headers.iter().all(|(_, value)| value.len() <= 1024));
}

#[tokio::test]
async fn a_gigabyte_is_cut_at_the_limit() {
    let (sender, mut taken) = tokio::sync::mpsc::unbounded_channel();
    let (address, _) = server(move |mut stream, _| {
        let sender = sender.clone();
        async move {
            request(&mut stream).await;
            let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n").await;
            let block = vec![b'x'; 1 << 20];
            let mut blocks = 0;
            while sent.is_ok() && blocks < 1024 {
                sent = stream.write_all(&block).await;
                blocks += 1;
            }
            sender.send(blocks).unwrap();
        }
    })
    .await;
    let mut request = get(format!("http://{address}/"));
    request.limit = 10_000;
    let reply = fetched(&io(), request).await;
    assert_eq!(reply.body, vec![b'x'; 10_000]);
    assert!(reply.truncated);
    assert!(reply.body.capacity() < 1 << 20);
    let blocks = taken.recv().await.unwrap();
    assert!(blocks < 100, "{blocks} MiB were taken of a body that was to be cut");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_whole() {
    let address = answering(|_| response("200 OK", "", "12345")).await;
    for (limit, truncated) in [(4, true), (5, false), (6, false), (0, true)] {
        let mut request = get(format!("http://{address}/"));
        request.limit = limit;
        let reply = fetched(&io(), request).await;
        assert_eq!((reply.truncated, reply.body.len()), (truncated, limit.min(5)), "{limit}");
    }
}

#[tokio::test]
async fn a_packed_body_is_unpacked_up_to_the_limit() {
    // 256 MiB of zeroes in 260 kB.
    let packed = Command::new("sh").args(["-c", "head -c 268435456 /dev/zero | gzip"]).output().unwrap();
    let bomb = packed.stdout;
    assert!(bomb.len() > 100_000 && bomb.len() < 1 << 20);
    let address = answering(move |_| response("200 OK", "content-encoding: gzip\r\n", &bomb)).await;
    let reply = fetched(&io(), get(format!("http://{address}/"))).await;
    assert!(reply.truncated);
    assert_eq!(reply.body, vec![0; 64 << 10]);
}

#[tokio::test]
async fn a_body_that_cannot_be_unpacked_is_parse() {
    let address = answering(|_| response("200 OK", "content-encoding: gzip\r\n", "not gzip at all")).await;
    let failure = failed(&io(), get(format!("http://{address}/"))).await;
    assert_eq!(failure.reason, Reason::Parse, "{failure:?}");
}

#[tokio::test]
async fn redirects_are_followed_as_often_as_was_said() {
    let address = answering(|text| {
        let step: u32 = text.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
        if step == 3 {
            response("200 OK", "", "there")
        } else {
            response("302 Found", &format!("location: /{}\r\n", step + 1), "")
        }
    })
    .await;
    for (redirects, status) in [(0, 302), (2, 302), (3, 200), (9, 200)] {
        let mut request = get(format!("http://{address}/0"));
        request.redirects = redirects;
        let reply = fetched(&io(), request).await;
        assert_eq!(reply.status, status);
        if status == 302 {
            assert_eq!(reply.header("location"), Some(format!("/{}", redirects + 1).as_str()));
        }
    }
}

#[tokio::test]
async fn redirecting_for_ever_ends_with_a_redirect() {
    let address = answering(|_| response("301 Moved Permanently", "location: /\r\n", "")).await;
    let mut request = get(format!("http://{address}/"));
    request.redirects = 255;
    assert_eq!(fetched(&io(), request).await.status, 301);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_the_reply() {
    for location in ["file:///etc/passwd", "http://", "javascript:alert(1)", "\u{1}"] {
        let headers = format!("location: {location}\r\n");
        let address = answering(move |_| response("302 Found", &headers, "")).await;
        let mut request = get(format!("http://{address}/"));
        request.redirects = 5;
        let reply = perform(&io(), request).await;
        match reply {
            IoReply::Http(reply) => assert_eq!(reply.status, 302),
            // A control character in a header is not HTTP.
            IoReply::Failed(failure) => assert_eq!(failure.reason, Reason::Parse, "{failure:?}"),
            IoReply::Tcp(_) | IoReply::Command(_) | IoReply::Data(_) => panic!("not HTTP"),
        }
    }
}

#[tokio::test]
async fn a_post_that_was_redirected_and_then_lost_is_unknown() {
    let address =
        answering(|_| response("307 Temporary Redirect", "location: http://127.0.0.1:1/\r\n", "")).await;
    let mut request = get(format!("http://{address}/"));
    request.method = "POST".into();
    request.redirects = 1;
    let failure = failed(&io(), request).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::Unknown));
}

#[tokio::test]
async fn two_hundred_at_once_all_answer_and_connections_are_kept() {
    let (address, count) = server(|mut stream, _| async move {
        while request(&mut stream).await.is_some() {
            stream.write_all(&response("200 OK", "", "ok")).await.unwrap();
        }
    })
    .await;
    let io = io();
    for _ in 0..3 {
        let all = (0..200).map(|_| fetched(&io, get(format!("http://{address}/"))));
        let replies = futures_util::future::join_all(all).await;
        assert!(replies.iter().all(|reply| reply.status == 200 && reply.body == b"ok"));
    }
    assert!(count.load(Ordering::SeqCst) < 400, "connections are not used again");
}

/// A machine behind a proxy, made by running this test again in another environment.
#[tokio::test]
async fn a_proxy_is_asked_for_others_and_never_for_this_machine() {
    if std::env::var_os("MIDWATCH_TEST_PROXY").is_none() {
        let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
        let proxy = answering(move |text| {
            sender.send(text.lines().next().unwrap_or_default().to_owned()).unwrap();
            response("200 OK", "", "by proxy")
        })
        .await;
        let status = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "http::a_proxy_is_asked_for_others_and_never_for_this_machine"])
            .env("MIDWATCH_TEST_PROXY", "1")
            .env("http_proxy", format!("http://{proxy}"))
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .status();
        assert!(status.await.unwrap().success());
        assert_eq!(asked.recv().await.unwrap(), "GET http://nowhere.invalid/ HTTP/1.1");
        assert!(asked.try_recv().is_err());
        return;
    }
    let address = answering(|_| response("200 OK", "", "direct")).await;
    for host in ["127.0.0.1", "localhost"] {
        let reply = fetched(&io(), get(format!("http://{host}:{}/", address.port()))).await;
        assert_eq!(reply.body, b"direct");
    }
    assert_eq!(fetched(&io(), get("http://nowhere.invalid/")).await.body, b"by proxy");
}
