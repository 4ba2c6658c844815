//! The real console with a listener: what is pushed is on the screen, and what cannot be is said before there is one.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;

use crate::host::{EVERYBODY, SECRET, alert, filled, free, mac, moment, post};
use crate::support::night::Night;
use crate::support::terminal::DEADLINE;

/// A night with a listener, and where it listens.
fn night() -> (Night, SocketAddr) {
    let (night, address) = (Night::of("quiet"), free());
    let own = std::fs::read_to_string(night.path("midwatch.toml")).unwrap();
    let listen = filled(EVERYBODY, night.home.path(), address);
    night.write("midwatch.toml", &format!("{own}\n{listen}"));
    (night, address)
}

fn send(address: SocketAddr, title: &str) -> u16 {
    let body = alert("8b1c4e7f0a2d4c56b3e89f0d12345678", title).to_string().into_bytes();
    let signature = hex::encode(mac(&[&body]));
    let headers = [("sentry-hook-resource", "event_alert"), ("sentry-hook-signature", signature.as_str())];
    post(address, "/sentry", &headers, &body).status
}

#[test]
fn an_alert_that_is_pushed_is_on_the_screen() {
    let (night, address) = night();
    let log = night.path("midwatch.log");
    let env = [("MIDWATCH_LOG", log.to_str().unwrap())];
    let mut console = night.unawaited((140, 50), &[], &env);
    console.wait_for_text("sentry-pushed", DEADLINE);
    assert_eq!(send(address, "billing webhook failed"), 200);
    console.wait_for_text("billing webhook failed", DEADLINE);
    console.wait_for_text("1 open of 1 in 15m", DEADLINE);
    // What is forged is a number beside it.
    assert_eq!(post(address, "/sentry", &[], b"{}").status, 401);
    console.wait_for_text("1 refused", DEADLINE);
    // Why is in the log file, and nowhere else; no secret is.
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("the delivery has no signature"), "{logged}");
    assert!(!logged.contains(SECRET), "{logged}");
    // A second console looks on: the port is the first one's.
    let mut second = night.unawaited((140, 50), &["--operator", "bob"], &[]);
    second.wait_for_text("READ-ONLY", DEADLINE);
    console.key("q");
    assert_eq!(console.exit_code(DEADLINE), Some(0));
}

#[test]
fn a_port_that_is_taken_is_said_before_the_screen_is_taken() {
    let (night, address) = night();
    let _taken = std::net::TcpListener::bind(address).unwrap();
    for arguments in [&["check", "--follow"][..], &[]] {
        let ran = night.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.contains(&format!("another program listens on {address} already")), "{ran:?}");
    }
    let (_, found) = night.json(&["doctor", "--json"]);
    assert!(found.to_string().contains(&format!("{address} cannot be had now")), "{found}");
    // Whoever follows what is asked needs no port.
    assert_eq!(night.run(&["check", "web", "--follow", "--for", "1s"]).code, Some(0));
    assert_eq!(night.run(&["check"]).code, Some(0));
}

#[test]
fn without_a_screen_it_listens_as_well() {
    let (night, address) = night();
    let mut command = night.command(&["check", "--follow", "sentry-pushed", "--for", "60s"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let until = moment() + DEADLINE;
    while std::net::TcpStream::connect(address).is_err() {
        assert!(moment() < until, "nobody listens");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(send(address, "billing webhook failed"), 200);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<String> = lines.take(2).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said[0].contains("● sentry-pushed blind → ok"), "{said:?}");
    assert!(said[1].contains("▲ sentry-pushed ok → degraded"), "{said:?}");
}

#[test]
fn an_address_that_is_not_this_machine_s_alone_is_refused() {
    let (night, address) = night();
    for other in ["0.0.0.0:4319", "[::]:4319", "192.0.2.1:4319"] {
        night.reconfigure(&format!("address = \"{address}\""), &format!("address = \"{other}\""));
        for arguments in [&["config", "check"][..], &["check", "--follow"], &[]] {
            let ran = night.run(arguments);
            assert_eq!(ran.code, Some(2), "{other} {arguments:?}: {ran:?}");
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains("it listens on loopback only") && said.contains("tunnel"), "{said}");
        }
        night.reconfigure(&format!("address = \"{other}\""), &format!("address = \"{address}\""));
    }
}

#[test]
fn without_the_table_nobody_listens() {
    let night = Night::of("quiet");
    let shown = night.run(&["config", "show"]);
    assert!(!shown.out.contains("[listen]"), "{shown:?}");
    // The address that would hold if nothing else were said.
    let before = std::net::TcpStream::connect("127.0.0.1:4319").is_ok();
    let _console = night.console((100, 30), &[]);
    assert_eq!(std::net::TcpStream::connect("127.0.0.1:4319").is_ok(), before);
}
