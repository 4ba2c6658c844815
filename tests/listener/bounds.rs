//! Too large, too slow, too much: nothing of it costs more than a bound, and afterwards all is as before.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::host::{Answer, EVERYBODY, Host, SECRET, answer, event, moment, stripe_header};
use crate::senders::packed;
use crate::support::terminal::DEADLINE;

const MIB: usize = 1 << 20;

fn drain(host: &Host, encoding: &str, body: &[u8]) -> Answer {
    host.post("/supabase", &[("x-drain-token", SECRET), ("content-encoding", encoding)], body)
}

#[test]
fn a_body_that_is_too_large_is_refused_whoever_sends_it() {
    let host = Host::new();
    let padded = |size: usize| {
        let mut body = b"[]".to_vec();
        body.resize(size, b' ');
        body
    };
    assert_eq!(drain(&host, "identity", &padded(MIB)).status, 200, "a mebibyte is not too large");
    assert_eq!(drain(&host, "identity", &padded(MIB + 1)).status, 413);
    assert_eq!(drain(&host, "identity", &padded(4 * MIB)).status, 413);
    // It is too large before it is anybody's: no signature is computed.
    assert_eq!(host.post("/stripe", &[("stripe-signature", "t=1,v1=0")], &padded(2 * MIB)).status, 413);
    // Without a length as well.
    let mut stream = TcpStream::connect(host.address).unwrap();
    write!(
        stream,
        "POST /supabase HTTP/1.1\r\nhost: x\r\nx-drain-token: {SECRET}\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .unwrap();
    for _ in 0..20 {
        let _ = write!(stream, "{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    assert_eq!(answer(&mut stream).unwrap().status, 413);
    host.refused("supabase-pushed", 3);
    assert_eq!(drain(&host, "identity", b"[]").status, 200);
}

#[test]
fn a_bomb_is_not_unpacked() {
    let host = Host::new();
    // 64 mebibytes of blanks in a few hundred kilobytes.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; MIB];
    for _ in 0..64 {
        encoder.write_all(&blanks).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < MIB, "{}", bomb.len());
    let begun = moment();
    assert_eq!(drain(&host, "gzip", &bomb).status, 413);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // Nor one of many small ones, one after another.
    let many: Vec<u8> = packed(&blanks).repeat(20);
    assert_eq!(drain(&host, "gzip", &many).status, 413);
    assert_eq!(drain(&host, "gzip", b"not packed").status, 400);
    let whole = packed(b"[]");
    assert_eq!(drain(&host, "gzip", &whole[..whole.len() - 3]).status, 400);
    assert_eq!(drain(&host, "br", b"[]").status, 415);
    assert_eq!(drain(&host, "gzip, gzip", &packed(&whole)).status, 415);
    assert_eq!(drain(&host, "gzip", &whole).status, 200);
    // Nobody is unpacked who has not proven who he is.
    assert_eq!(host.post("/supabase", &[("content-encoding", "gzip")], &bomb).status, 401);
}

#[test]
fn who_speaks_slowly_is_not_listened_to_for_long() {
    let host = Host::new();
    let begun = moment();
    // One drips its head, another its body, a third says nothing.
    let mut head = TcpStream::connect(host.address).unwrap();
    let mut body = TcpStream::connect(host.address).unwrap();
    let mut silent = TcpStream::connect(host.address).unwrap();
    write!(head, "POST /stripe HTTP/1.1\r\n").unwrap();
    write!(
        body,
        "POST /stripe HTTP/1.1\r\nhost: x\r\nstripe-signature: t=1,v1=0\r\ncontent-length: 4000\r\n\r\n"
    )
    .unwrap();
    let mut others = Vec::new();
    while begun.elapsed() < Duration::from_millis(5_500) {
        let _ = head.write_all(b"a: b\r\n");
        let _ = body.write_all(b"{");
        std::thread::sleep(Duration::from_millis(250));
        if begun.elapsed() < Duration::from_secs(4) {
            // Others are served meanwhile.
            others.push(
                host.stripe(-i64::try_from(others.len()).unwrap(), &event("evt_1", "invoice.paid")).status,
            );
        }
    }
    assert!(others.len() > 5 && others.iter().all(|status| *status == 200), "{others:?}");
    assert_eq!(answer(&mut body).map(|answer| answer.status), Some(408));
    for stream in [&mut head, &mut silent] {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(
            ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
        );
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{rest:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

#[test]
fn a_flood_is_told_to_come_back_and_takes_nobody_s_place_for_long() {
    let host = Host::new();
    let begun = moment();
    // Forty who begin and do not end: sixteen are heard, the others are told at once.
    let mut streams: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(host.address).unwrap()).collect();
    for stream in &mut streams {
        let head =
            "POST /stripe HTTP/1.1\r\nhost: x\r\nstripe-signature: t=1,v1=0\r\ncontent-length: 4000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
    }
    let answers: Vec<Option<Answer>> = streams.iter_mut().map(answer).collect();
    let of = |status| answers.iter().flatten().filter(|answer| answer.status == status).count();
    assert_eq!((of(503), of(408)), (24, 16), "{answers:?}");
    let busy = answers.iter().flatten().find(|answer| answer.status == 503).unwrap();
    assert!(busy.head.contains("retry-after: 1"), "{}", busy.head);
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    host.refused("stripe-pushed", 40);
    assert_eq!(host.stripe(0, &event("evt_1", "invoice.paid")).status, 200);
}

#[test]
fn a_hundred_that_hold_a_connection_let_it_go() {
    let host = Host::new();
    let held: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(host.address).unwrap()).collect();
    // There is no place for it until they are over; then there is.
    assert_eq!(host.stripe(0, &event("evt_1", "invoice.paid")).status, 200);
    drop(held);
}

#[test]
fn a_loop_that_does_not_take_what_comes_is_not_waited_for() {
    let host = Host::of(EVERYBODY, Some(8));
    let begun = moment();
    let statuses: Vec<u16> = (0..40_i64)
        .map(|number| {
            let body = event(&format!("evt_{number}"), "invoice.payment_failed");
            let header = stripe_header(crate::host::now(), &body);
            host.post("/stripe", &[("stripe-signature", &header)], &body).status
        })
        .collect();
    let taken = statuses.iter().filter(|status| **status == 200).count();
    // A count of what was refused may have taken the place of one.
    assert!((7..=8).contains(&taken), "{statuses:?}");
    assert!(statuses[8..].iter().all(|status| *status == 503), "{statuses:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
