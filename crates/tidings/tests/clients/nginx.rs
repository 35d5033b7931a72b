//! nginx as it comes: `proxy_pass` and nothing else, so HTTP/1.0 to the hub, and buffering on.
//!
//! It listens on sockets in the file system. It cannot be told to take any free port and say which, and a port that was
//! free a moment ago may be another test's by then. Clients come through a proxy anyway, over TCP.

use std::{
    fmt::Write as _,
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::net::UnixStream;

use crate::{prerequisites::on_path, proxy::Target, waiting::soon};

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
    sockets: Vec<PathBuf>,
    folder: TempDir,
}

impl Nginx {
    /// Starts one that has a server for each of `upstreams`, which are `host:port`.
    pub(crate) async fn start(upstreams: &[String], compression: Compression) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its workers are another user's where the tests are root's.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let sockets = (0..upstreams.len()).map(|n| folder.path().join(format!("{n}.socket")));
        let sockets: Vec<PathBuf> = sockets.collect();
        let configuration = configuration(folder.path(), &sockets, upstreams, compression);
        fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
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
            sockets,
            folder,
        };
        for socket in nginx.sockets.clone() {
            soon("nginx, to listen", nginx.listens_at(&socket)).await;
        }
        nginx
    }

    /// The server for each upstream.
    pub(crate) fn servers(&self) -> Vec<Target> {
        self.sockets.iter().cloned().map(Target::Unix).collect()
    }

    async fn listens_at(&mut self, socket: &Path) {
        const PAUSE: Duration = Duration::from_millis(10);
        while UnixStream::connect(socket).await.is_err() {
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
    sockets: &[PathBuf],
    upstreams: &[String],
    compression: Compression,
) -> String {
    let gzip = match compression {
        Compression::Stock => "gzip on;",
        Compression::Everything => "gzip on; gzip_types *; gzip_min_length 0;",
    };
    let folder = folder.display();
    let mut servers = String::new();
    for (socket, upstream) in sockets.iter().zip(upstreams) {
        let socket = socket.display();
        let _ = writeln!(
            servers,
            "server {{ listen unix:{socket}; location / {{ proxy_pass http://{upstream}; }} }}"
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
