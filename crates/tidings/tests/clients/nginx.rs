//! nginx as it comes: `proxy_pass` and nothing else, so HTTP/1.0 to the hub, and buffering on.

use std::{
    fmt::Write as _,
    fs::{self, File, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::{prerequisites::on_path, waiting::soon};

/// Whether responses are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Not those of our type, as Debian configures it.
    Stock,
    /// All of them, for every client that takes it.
    Everything,
}

/// A running nginx with a server for each upstream. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    process: Child,
    authorities: Vec<String>,
    folder: TempDir,
}

impl Nginx {
    /// Starts one that has a server for each of `upstreams`, which are `host:port`.
    pub(crate) async fn start(upstreams: &[String], compression: Compression) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its workers are another user's where the tests are root's.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let listeners = upstreams
            .iter()
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let listeners: Vec<TcpListener> = listeners.collect();
        let authorities: Vec<String> = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().to_string())
            .collect();
        let configuration = configuration(folder.path(), &authorities, upstreams, compression);
        fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        // nginx cannot be told to take any free port. Between here and its start another program could take one of
        // these; then nginx says so and the test fails with that.
        drop(listeners);
        let process = Command::new(on_path("nginx"))
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("stderr.log")).unwrap())
            .spawn()
            .unwrap();
        let mut nginx = Self {
            process,
            authorities,
            folder,
        };
        for authority in nginx.authorities.clone() {
            soon("nginx, to listen", nginx.listens_at(&authority)).await;
        }
        nginx
    }

    /// `host:port` of the server for each upstream.
    pub(crate) fn authorities(&self) -> &[String] {
        &self.authorities
    }

    async fn listens_at(&mut self, authority: &str) {
        const PAUSE: Duration = Duration::from_millis(10);
        while TcpStream::connect(authority).await.is_err() {
            if let Some(status) = self.process.try_wait().unwrap() {
                let log = fs::read_to_string(self.folder.path().join("stderr.log"));
                panic!("nginx ended, {status}: {log:?}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Killed, it would leave its workers behind; asked, it stops them first.
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.process.wait();
    }
}

fn configuration(
    folder: &Path,
    authorities: &[String],
    upstreams: &[String],
    compression: Compression,
) -> String {
    let gzip = match compression {
        Compression::Stock => "gzip on;",
        Compression::Everything => "gzip on; gzip_types *; gzip_min_length 0;",
    };
    let folder = folder.display();
    let mut servers = String::new();
    for (authority, upstream) in authorities.iter().zip(upstreams) {
        let _ = writeln!(
            servers,
            "server {{ listen {authority}; location / {{ proxy_pass http://{upstream}; }} }}"
        );
    }
    format!(
        "daemon off;
        worker_processes 1;
        pid {folder}/nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            {gzip}
            {servers}
        }}
        "
    )
}
