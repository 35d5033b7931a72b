//! `tidings-bench` from outside.
//!
//! * `compare`: the comparison from end to end, in small numbers
//! * `floor`: the bytes of the floor, over a raw socket
//! * `axum`: the bytes of the other contender that is part of this program
//! * `report`: the page that comes out of results that are kept

mod axum;
mod compare;
mod floor;
mod report;

use tidings_testing::Program;

/// The program under test.
const TIDINGS_BENCH: &str = env!("CARGO_BIN_EXE_tidings-bench");

/// One of its servers, on a free port.
async fn serve(what: &str) -> Program {
    Program::start(TIDINGS_BENCH, ["serve", what]).await
}

fn post(body: &str) -> String {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
