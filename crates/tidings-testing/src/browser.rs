//! A real browser: Chromium, headless, driven through chromedriver.

use std::{env, io, process::Stdio, sync::Arc};

use fantoccini::{
    Client, ClientBuilder, Locator,
    key::Key,
    wd::{Capabilities, TimeoutConfiguration, WindowHandle},
};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Mutex,
};

use crate::{DEADLINE, within};

mod chrome;

/// A browser with a profile of its own. [Close](Browser::close) it; dropping it kills it.
#[derive(Debug)]
pub struct Browser {
    session: Arc<Mutex<Client>>,
    processes: Processes,
}

/// A window of a [`Browser`], with a page in it. A browser does one thing at a time: do not await
/// two of its pages at once.
#[derive(Debug)]
pub struct Page {
    session: Arc<Mutex<Client>>,
    window: WindowHandle,
}

/// What has to end with the test, whatever becomes of it.
#[derive(Debug)]
struct Processes {
    driver: Child,
    browser: Option<Pid>,
    /// For all that they put down. It is removed last.
    _directory: TempDir,
}

/// What a browser needs to be quiet, and to run as any user in a container.
const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
];

impl Browser {
    /// Starts a browser. Where there is none, the test is to be skipped: that is `None`, and is
    /// said on standard error. It is a failure where a browser is required: in continuous
    /// integration (`CI` is set), or where `TIDINGS_REQUIRE_BROWSER` is.
    pub async fn start() -> Option<Self> {
        match Self::try_start().await {
            Ok(browser) => Some(browser),
            Err(missing) => {
                let required = ["CI", "TIDINGS_REQUIRE_BROWSER"];
                let required = required.iter().any(|name| env::var_os(name).is_some());
                assert!(!required, "a browser is required, but {missing}");
                skipped(&missing);
                None
            }
        }
    }

    /// The error says what is missing.
    async fn try_start() -> Result<Self, String> {
        let directory = TempDir::new().expect("a directory can be made");
        let starting = start_driver(&directory);
        let (driver, port) = within("chromedriver to start", starting)
            .await
            .map_err(|error| format!("chromedriver does not start ({error}); install it"))?;
        let mut processes = Processes {
            driver,
            browser: None,
            _directory: directory,
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://localhost:{port}");
        let connecting = builder.capabilities(capabilities()).connect(&address);
        let client = within("Chromium to start", connecting).await;
        let client = client.map_err(|error| format!("Chromium does not start: {error}"))?;
        processes.browser = browser_pid(&client);
        let timeouts = TimeoutConfiguration::new(Some(DEADLINE), Some(DEADLINE), None);
        let set = client.update_timeouts(timeouts).await;
        set.expect("the driver takes time limits");
        Ok(Self {
            session: Arc::new(Mutex::new(client)),
            processes,
        })
    }

    /// Opens a URL in a new window, and waits until it is loaded.
    pub async fn page(&self, url: &str) -> Page {
        let client = self.session.lock().await;
        let window = client.new_window(false).await.expect("a new window");
        let page = Page {
            session: Arc::clone(&self.session),
            window: window.handle,
        };
        drop(client);
        page.open(url).await;
        page
    }

    /// Ends the browser in good order.
    pub async fn close(mut self) {
        let client = self.session.lock().await.clone();
        let closed = within("the browser to close", client.close()).await;
        closed.expect("the session was open");
        self.processes.browser = None;
        let driver = &mut self.processes.driver;
        driver.kill().await.expect("it is our child");
    }
}

impl Page {
    /// Goes to a URL, and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.driven().await.goto(url).await.expect("the page loads");
    }

    /// The text of the first element that matches a CSS selector, as the document has it.
    pub async fn text(&self, selector: &str) -> String {
        let expression = format!("{}.textContent", element(selector));
        let text = self.evaluate(&expression).await;
        text.as_str().expect("an element has text").to_owned()
    }

    /// The texts of all elements that match a CSS selector.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let selector = json!(selector);
        let elements = format!("[...document.querySelectorAll({selector})]");
        let texts = self
            .evaluate(&format!("{elements}.map((element) => element.textContent)"))
            .await;
        serde_json::from_value(texts).expect("a list of texts")
    }

    /// Waits until the first element that matches a CSS selector has this text.
    pub async fn wait_for_text(&self, selector: &str, text: &str) {
        let condition = format!("{}?.textContent === {}", element(selector), json!(text));
        self.wait_for(&condition).await;
    }

    /// Waits until so many elements match a CSS selector.
    pub async fn wait_for_count(&self, selector: &str, count: usize) {
        let selector = json!(selector);
        let elements = format!("document.querySelectorAll({selector})");
        self.wait_for(&format!("{elements}.length === {count}"))
            .await;
    }

    /// Waits until a JavaScript expression is true.
    pub async fn wait_for(&self, condition: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const check = () => {{ if ({condition}) {{ clearInterval(timer); done(); }} }};
             const timer = setInterval(check, 10);
             check();"
        );
        let client = self.driven().await;
        if let Err(error) = client.execute_async(&script, Vec::new()).await {
            let text = client.execute("return document.body.innerText", Vec::new());
            panic!("no {condition}: {error}\n{:?}", text.await);
        }
    }

    /// Types into the first element that matches a CSS selector, as a user does.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let client = self.driven().await;
        let element = client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("no {selector}: {error}"));
        element.send_keys(text).await.expect("it takes text");
    }

    /// Types text, then Enter.
    pub async fn enter(&self, selector: &str, text: &str) {
        let text = format!("{text}{}", char::from(Key::Enter));
        self.type_into(selector, &text).await;
    }

    /// Clicks on the first element that matches a CSS selector.
    pub async fn click(&self, selector: &str) {
        let client = self.driven().await;
        let element = client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("no {selector}: {error}"));
        element.click().await.expect("it can be clicked");
    }

    /// The value of a JavaScript expression, as JSON.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let client = self.driven().await;
        let script = format!("return {expression}");
        let value = client.execute(&script, Vec::new()).await;
        value.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Goes back in the window's history.
    pub async fn back(&self) {
        self.driven().await.back().await.expect("there is a past");
    }

    /// The messages on the browser's console since this was last asked: failed requests, broken
    /// policies, exceptions.
    pub async fn console(&self) -> Vec<String> {
        let command = chrome::Command::new("se/log", json!({ "type": "browser" }));
        let entries = self.driven().await.issue_cmd(command).await;
        let entries = entries.expect("the driver keeps the console");
        let entries = entries.as_array().expect("a list").iter();
        entries
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Sends a command of the Chrome DevTools protocol, such as `Emulation.setEmulatedMedia`.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let sent = chrome::Command::new("goog/cdp/execute", body);
        let result = self.driven().await.issue_cmd(sent).await;
        result.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What the window shows, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let screenshot = self.driven().await.screenshot().await;
        screenshot.expect("a window can be seen")
    }

    /// Closes the window.
    pub async fn close(self) {
        let closed = self.driven().await.close_window().await;
        closed.expect("the window was open");
    }

    /// The session, with its commands going to this window.
    async fn driven(&self) -> tokio::sync::MutexGuard<'_, Client> {
        let client = self.session.lock().await;
        let switched = client.switch_to_window(self.window.clone()).await;
        switched.expect("the window is open");
        client
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // chromedriver dies with its handle, and would leave the browser behind.
        if let Some(browser) = self.browser {
            let _ = kill_process(browser, Signal::KILL);
        }
    }
}

/// Starts chromedriver, and says on which port it listens. It takes a port that is free over IPv4,
/// and ends where the same one is taken over IPv6: then it is asked again.
async fn start_driver(directory: &TempDir) -> io::Result<(Child, u16)> {
    loop {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(port) = port_of(&mut driver).await {
            return Ok((driver, port));
        }
    }
}

/// Reads the port that chromedriver has chosen from its output, and goes on reading that for it;
/// `None` if it ends without a port.
async fn port_of(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
    while let Some(line) = lines.next_line().await.expect("its output is text") {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(port.trim_end_matches('.').parse().expect("a port"));
        }
    }
    None
}

fn capabilities() -> Capabilities {
    let capabilities = json!({
        "goog:chromeOptions": { "args": ARGUMENTS },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    serde_json::from_value(capabilities).expect("an object")
}

/// The process of the browser, which chromedriver tells.
fn browser_pid(client: &Client) -> Option<Pid> {
    let pid = client.capabilities()?.get("goog:processID")?.as_i64()?;
    Pid::from_raw(i32::try_from(pid).ok()?)
}

fn element(selector: &str) -> String {
    format!("document.querySelector({})", json!(selector))
}

#[expect(clippy::print_stderr, reason = "a test that did not run must be seen")]
fn skipped(missing: &str) {
    eprintln!("SKIPPED, no browser: {missing}");
}
