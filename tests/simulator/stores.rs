//! What keeps and counts things: Prometheus, the backups, Redis, the database; and the stand-in program.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Meeting;

#[tokio::test]
async fn prometheus_knows_what_it_has_and_what_is_no_question() {
    let night = Meeting::at("quiet", 1.0).await;
    let query = |text: &str| {
        let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        format!("prometheus/api/v1/query?query={text}")
    };
    let share = night.read(&query("sum(pg_connections) / pg_settings_max_connections")).await;
    let share: f64 = share["data"]["result"][0]["value"][1].as_str().unwrap().parse().unwrap();
    assert!((0.2..0.3).contains(&share), "{share}");
    assert_eq!(night.read(&query("pg_connections > 90")).await["data"]["result"], json!([]));
    assert_eq!(night.read(&query("no_such_series")).await["data"]["result"], json!([]));
    assert_eq!(night.read(&query("up{job=\"moon\"}")).await["data"]["result"], json!([]));
    assert_eq!(night.read(&query("1 / 0")).await["data"]["result"][1], "+Inf");
    for bad in ["", "sum(pg_connections", "up{job"] {
        let response = night.vendor(Method::GET, &query(bad)).send().await.unwrap();
        assert_eq!(response.status(), 400, "{bad}");
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!((&body["status"], &body["errorType"]), (&json!("error"), &json!("bad_data")));
    }
}

#[tokio::test]
async fn backups_are_listed_as_s3_lists_them() {
    let night = Meeting::at("quiet", 1.0).await;
    let endpoint = format!("http://{}/vendors/s3/", night.company.address()).parse().unwrap();
    let bucket =
        rusty_s3::Bucket::new(endpoint, rusty_s3::UrlStyle::Path, "lanternfish-backups", "eu-central-1")
            .unwrap();
    let credentials = rusty_s3::Credentials::new("LANTERNFISHBACKUPS", night.file("backups-secret"));
    let mut list = bucket.list_objects_v2(Some(&credentials));
    list.with_prefix("backup-");
    list.with_max_keys(4);
    let signed = rusty_s3::S3Action::sign(&list, Duration::from_secs(60));
    let text = night.client.get(signed).send().await.unwrap().text().await.unwrap();
    let parsed = rusty_s3::actions::ListObjectsV2::parse_response(&text).unwrap();
    assert_eq!(parsed.contents.len(), 4);
    assert!(parsed.contents.iter().all(|object| object.size > Some(50_000_000)), "{text}");
    let mut list = bucket.list_objects_v2(Some(&credentials));
    list.with_continuation_token(parsed.next_continuation_token.unwrap());
    let signed = rusty_s3::S3Action::sign(&list, Duration::from_secs(60));
    let text = night.client.get(signed).send().await.unwrap().text().await.unwrap();
    let rest = rusty_s3::actions::ListObjectsV2::parse_response(&text).unwrap();
    assert_eq!(rest.contents.len(), 10);
    assert!(
        rest.contents.iter().map(|object| &object.last_modified).is_sorted(),
        "the newest has the last name"
    );

    let stranger = rusty_s3::Credentials::new("SOMEBODY", "x");
    let signed = rusty_s3::S3Action::sign(&bucket.list_objects_v2(Some(&stranger)), Duration::from_secs(60));
    let refused = night.client.get(signed).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.unwrap().contains("InvalidAccessKeyId"));
}

#[tokio::test]
async fn redis_answers_its_own_clients() {
    let night = Meeting::at("quiet", 1.0).await;
    let address = night.company.redis();
    let password = night.file("redis-password");
    let client = redis::Client::open(format!("redis://:{password}@{address}/0")).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let info: redis::InfoDict = redis::cmd("INFO").query_async(&mut connection).await.unwrap();
    assert_eq!(info.get::<u32>("maxclients"), Some(512));
    assert!((31..=32).contains(&info.get::<u32>("connected_clients").unwrap()));
    assert_eq!(info.get::<String>("role").as_deref(), Some("master"));
    assert_eq!(info.get::<String>("db0").unwrap(), "keys=4120,expires=3810,avg_ttl=1742000");
    let only: String = redis::cmd("INFO").arg("clients").query_async(&mut connection).await.unwrap();
    assert!(only.starts_with("# Clients\r\n") && !only.contains("role:"), "{only}");
    let error = redis::cmd("FLUSHALL").query_async::<()>(&mut connection).await.unwrap_err();
    assert_eq!(error.code(), Some("NOPERM"), "{error}");
    night.set("redis", json!({ "clients": 512 })).await;
    let info: redis::InfoDict = redis::cmd("INFO").query_async(&mut connection).await.unwrap();
    assert_eq!(info.get::<u32>("rejected_connections"), Some(87));

    let wrong = redis::Client::open(format!("redis://:guess@{address}/0")).unwrap();
    assert!(wrong.get_multiplexed_async_connection().await.is_err());
    let bare = redis::Client::open(format!("redis://{address}/0")).unwrap();
    let error = match bare.get_multiplexed_async_connection().await {
        Ok(mut connection) => redis::cmd("INFO").query_async::<String>(&mut connection).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.to_string().contains("NOAUTH") || error.code() == Some("NOAUTH"), "{error}");
}

#[tokio::test]
async fn the_database_answers_a_client_that_asks_in_the_simple_way() {
    let night = Meeting::at("quiet", 1.0).await;
    let address = night.company.postgres();
    let text = format!("postgres://reader@{address}/lanternfish?sslmode=disable");
    let open = || async {
        let (client, connection) = tokio_postgres::connect(&text, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok::<_, tokio_postgres::Error>(client)
    };
    let client = open().await.unwrap();
    let text = "begin read only; set local statement_timeout = '3s; no more'; \
                select state, count(*) from orders group by state /* orders_by_state; */; rollback";
    let rows: Vec<(String, u32)> = client
        .simple_query(text)
        .await
        .unwrap()
        .iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((row.get("state").unwrap().to_owned(), row.get("n").unwrap().parse().unwrap()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(rows[1], ("waiting".to_owned(), 3));
    let code = |error: tokio_postgres::Error| error.code().unwrap().code().to_owned();
    assert_eq!(code(client.simple_query("begin; select * from nowhere").await.unwrap_err()), "42P01");
    assert_eq!(code(client.simple_query("select 1").await.unwrap_err()), "25P02", "it must be ended first");
    client.simple_query("rollback").await.unwrap();
    assert_eq!(code(client.simple_query("delete from orders").await.unwrap_err()), "25006");
    assert_eq!(code(client.query("select 1", &[]).await.unwrap_err()), "0A000");
    client.simple_query("select 1").await.unwrap();

    night.set("database", json!({ "connections": 100 })).await;
    assert_eq!(code(open().await.err().unwrap()), "53300");
    client.simple_query("select 1").await.unwrap();
    night.set("database", json!({ "reset": true })).await;
    assert!(client.simple_query("select 1").await.is_err());
    night.set("database", json!({})).await;
    open().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_that_stands_in_for_flyctl_prints_what_it_does() {
    let night = Meeting::at("quiet", 10.0).await;
    let flyctl = |words: &'static [&'static str]| {
        let mut command = tokio::process::Command::new("sh");
        command.arg(night.directory.path().join("flyctl.sh")).args(words);
        async move { command.output().await.unwrap() }
    };
    if tokio::process::Command::new("curl").arg("--version").output().await.is_err() {
        return;
    }
    let list = &["releases", "-a", "lanternfish-api", "--image", "--json"];
    let printed = flyctl(list).await;
    let rows: Value = serde_json::from_slice(&printed.stdout).unwrap_or_else(|_| panic!("{printed:?}"));
    assert_eq!(rows[0]["ImageRef"], "registry.fly.io/lanternfish-api:deployment-a1b2c3");
    let image = "registry.fly.io/lanternfish-api:deployment-97c0de";
    let deployed = flyctl(&[
        "deploy",
        "-a",
        "lanternfish-api",
        "--image",
        "registry.fly.io/lanternfish-api:deployment-97c0de",
        "--strategy",
        "immediate",
    ])
    .await;
    assert!(deployed.status.success(), "{deployed:?}");
    let machines =
        night.when("fly/v1/apps/lanternfish-api/machines", |rows| rows[0]["config"]["image"] == image).await;
    assert_eq!(machines[0]["image_ref"]["tag"], "deployment-97c0de");
    let rows: Value = serde_json::from_slice(&flyctl(list).await.stdout).unwrap();
    assert_eq!((&rows[0]["Version"], &rows[0]["Status"]), (&json!(42), &json!("complete")));
    let pruned = flyctl(&[
        "deploy",
        "-a",
        "lanternfish-api",
        "--image",
        "registry.fly.io/lanternfish-api:deployment-0b5e55",
    ])
    .await;
    assert!(!pruned.status.success());
}
