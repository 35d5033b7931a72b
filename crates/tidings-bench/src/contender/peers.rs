//! The peers that are not part of this program: where they are, and how to fetch them.
//!
//! What is installed is used. With `--install-peers`, what is not is fetched into a directory of this program's own
//! beside its build, and from nowhere but the registry of each peer's packages. How each is set up can be read in
//! `peers/`.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use super::Missing;

/// What the peers are made of, as it stands in `peers/`.
const NGINX_CONF: &str = include_str!("../../peers/nginx.conf");
const BETTER_SSE: [(&str, &str); 2] = [
    (
        "package.json",
        include_str!("../../peers/better-sse/package.json"),
    ),
    (
        "server.mjs",
        include_str!("../../peers/better-sse/server.mjs"),
    ),
];
const QUART: [(&str, &str); 2] = [
    (
        "requirements.txt",
        include_str!("../../peers/quart/requirements.txt"),
    ),
    ("server.py", include_str!("../../peers/quart/server.py")),
];

/// The versions that this program was built with.
const LOCK: &str = include_str!("../../../../Cargo.lock");

/// Debian's package of Nchan, and where it puts the module.
const NCHAN_PACKAGE: &str = "libnginx-mod-nchan";
const NCHAN_MODULE: &str = "usr/lib/nginx/modules/ngx_nchan_module.so";

/// The directory of the peers that were fetched.
#[derive(Debug)]
pub(crate) struct Peers {
    directory: PathBuf,
}

impl Peers {
    /// Those of this build.
    ///
    /// # Errors
    /// This program does not know where it is.
    pub(crate) fn of_this_build() -> anyhow::Result<Self> {
        let this = env::current_exe().context("this program does not know where it is")?;
        let target = this.ancestors().nth(2).context("a build has a directory")?;
        Ok(Self {
            directory: target.join("bench-peers"),
        })
    }

    /// Fetches what is missing. A peer that cannot be fetched stays missing, which the comparison says by itself; this
    /// says why.
    pub(crate) fn install(&self) -> Vec<String> {
        let mut failed = Vec::new();
        let mut install = |version: Result<String, Missing>,
                           fetch: fn(&Self) -> anyhow::Result<()>| {
            if version.is_err()
                && let Err(error) = fetch(self)
            {
                failed.push(format!("{error:#}"));
            }
        };
        install(self.nchan_version(), Self::install_nchan);
        install(self.better_sse_version(), Self::install_better_sse);
        install(self.quart_version(), Self::install_quart);
        failed
    }

    fn install_nchan(&self) -> anyhow::Result<()> {
        let directory = self.fresh("nchan", &[])?;
        run(
            Command::new("apt-get").args(["download", NCHAN_PACKAGE]),
            &directory,
        )?;
        let mut files = fs::read_dir(&directory)?.filter_map(Result::ok);
        let package = files.find(|file| file.path().extension().is_some_and(|end| end == "deb"));
        let package = package.context("apt-get has fetched no package")?.path();
        let mut unpack = Command::new("dpkg-deb");
        run(unpack.arg("--extract").arg(package).arg("."), &directory)
    }

    fn install_better_sse(&self) -> anyhow::Result<()> {
        let directory = self.fresh("better-sse", &BETTER_SSE)?;
        let mut install = Command::new("npm");
        run(
            install.args(["install", "--no-audit", "--no-fund"]),
            &directory,
        )
    }

    fn install_quart(&self) -> anyhow::Result<()> {
        let directory = self.fresh("quart", &QUART)?;
        run(
            Command::new("python3").args(["-m", "venv", "venv"]),
            &directory,
        )?;
        let mut install = Command::new(self.python());
        let arguments = ["-m", "pip", "install", "--quiet", "-r", "requirements.txt"];
        run(install.args(arguments), &directory)
    }

    /// An empty directory but for `files`.
    fn fresh(&self, name: &str, files: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
        let directory = self.directory.join(name);
        // It may not be there.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory)?;
        for (file, text) in files {
            fs::write(directory.join(file), text)?;
        }
        Ok(directory)
    }
}

/// nginx with Nchan.
impl Peers {
    pub(super) fn nchan_version(&self) -> Result<String, Missing> {
        // Not among the programs of ordinary users, yet where Debian has it.
        let said = Command::new(nginx()).arg("-v").output();
        let said = said.map_err(|_| "nginx is not installed".to_owned())?;
        let nginx = String::from_utf8_lossy(&said.stderr);
        let nginx = nginx.trim().rsplit('/').next().unwrap_or("unknown");
        self.nchan_module()
            .ok_or_else(|| missing(&format!("its module for nginx, Debian's {NCHAN_PACKAGE}")))?;
        Ok(format!("nginx {nginx}, Nchan as packaged for it"))
    }

    fn nchan_module(&self) -> Option<PathBuf> {
        let roots = [PathBuf::from("/"), self.directory.join("nchan")];
        let modules = roots.iter().map(|root| root.join(NCHAN_MODULE));
        modules.into_iter().find(|module| module.exists())
    }

    pub(super) fn nchan(&self, address: SocketAddr, scratch: &Path) -> anyhow::Result<Command> {
        let module = self.nchan_module().context("the module is not there")?;
        let configuration = NGINX_CONF
            .replace("@MODULE@", &module.display().to_string())
            .replace("@DIRECTORY@", &scratch.display().to_string())
            .replace("@ADDRESS@", &address.to_string());
        let file = scratch.join("nginx.conf");
        fs::write(&file, configuration).context("cannot write into the scratch directory")?;
        let mut command = Command::new(nginx());
        command.arg("-p").arg(scratch).arg("-c").arg(file);
        // What it would say before it has read where else to say it.
        command.args(["-e", "stderr"]);
        Ok(command)
    }
}

/// Node with better-sse.
impl Peers {
    pub(super) fn better_sse_version(&self) -> Result<String, Missing> {
        let node = Command::new("node").arg("--version").output();
        let node = node.map_err(|_| "Node is not installed".to_owned())?;
        let package = self
            .directory
            .join("better-sse/node_modules/better-sse/package.json");
        let package = fs::read_to_string(package).map_err(|_| missing("the npm package"))?;
        let package: serde_json::Value = serde_json::from_str(&package).unwrap_or_default();
        let version = package["version"].as_str().unwrap_or("unknown");
        let node = String::from_utf8_lossy(&node.stdout);
        Ok(format!(
            "Node {}, better-sse {version}",
            node.trim().trim_start_matches('v')
        ))
    }

    pub(super) fn better_sse(&self, address: SocketAddr) -> Command {
        let mut command = Command::new("node");
        command
            .arg(self.directory.join("better-sse/server.mjs"))
            .args([address.ip().to_string(), address.port().to_string()])
            .env("NODE_ENV", "production");
        command
    }
}

/// Quart with uvicorn.
impl Peers {
    pub(super) fn quart_version(&self) -> Result<String, Missing> {
        let mut ask = Command::new(self.python());
        ask.args([
            "-m",
            "pip",
            "list",
            "--format=json",
            "--disable-pip-version-check",
        ]);
        let said = ask.output().map_err(|_| missing("a virtual environment"))?;
        let packages: Vec<Package> = serde_json::from_slice(&said.stdout).unwrap_or_default();
        let version = |name: &str| packages.iter().find(|package| package.name == name);
        match (version("Quart").or(version("quart")), version("uvicorn")) {
            (Some(quart), Some(uvicorn)) => Ok(format!(
                "Quart {}, uvicorn {} with uvloop",
                quart.version, uvicorn.version
            )),
            _ => Err(missing("its packages")),
        }
    }

    fn python(&self) -> PathBuf {
        self.directory.join("quart/venv/bin/python")
    }

    pub(super) fn quart(&self, address: SocketAddr) -> Command {
        let mut command = Command::new(self.python());
        command
            .args(["-m", "uvicorn", "server:app", "--app-dir"])
            .arg(self.directory.join("quart"))
            .args(["--host", &address.ip().to_string()])
            .args(["--port", &address.port().to_string()])
            .args(["--loop", "uvloop", "--http", "httptools", "--no-access-log"])
            .args(["--backlog", "4096", "--timeout-graceful-shutdown", "1"]);
        command
    }
}

#[derive(serde::Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// The version of a crate in the lock file.
pub(super) fn locked(name: &str) -> &'static str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = LOCK
        .split_once(&entry)
        .and_then(|(_, rest)| rest.split('"').next());
    version.unwrap_or("unknown")
}

fn nginx() -> &'static str {
    let debian = "/usr/sbin/nginx";
    if Path::new(debian).exists() {
        debian
    } else {
        "nginx"
    }
}

fn missing(what: &str) -> Missing {
    format!("not installed: {what}; `--install-peers` fetches it")
}

fn run(command: &mut Command, directory: &Path) -> anyhow::Result<()> {
    let output = command.current_dir(directory).output();
    let output = output.with_context(|| format!("cannot run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?} has failed: {}",
        said.trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_come_from_the_lock_file() {
        assert!(super::locked("axum").starts_with("0.8."));
        assert_eq!(super::locked("no such crate"), "unknown");
    }
}
