//! A browser without a window, to see pages as their readers do.
//!
//! Chromium speaks its DevTools protocol over two pipes (`--remote-debugging-pipe`: it reads file 3 and writes file 4, each
//! message ended by a zero byte), so neither a port nor a WebSocket is needed; a shell puts the pipes where they belong.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::require::found;

/// How long an answer may take: only what hangs takes that.
const PATIENCE: Duration = Duration::from_secs(90);

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    sent: u64,
    /// What went wrong in pages, and what they asked for elsewhere.
    complaints: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser, if there is one.
    pub(crate) fn start() -> Option<Self> {
        let there =
            Command::new("chromium").arg("--version").output().is_ok_and(|output| output.status.success());
        if !found(there, "chromium cannot be run", "chromium") {
            return None;
        }
        let profile = TempDir::new().expect("a temporary folder");
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null >/dev/null 2>&1", "sh", "chromium"])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-extensions"])
            .args([
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--remote-debugging-pipe",
                "--window-size=1280,900",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start a shell");
        let to = child.stdin.take().expect("a pipe");
        let mut pipe = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while pipe.read_until(0, &mut message).is_ok_and(|count| count > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("a JSON message");
                message.clear();
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let (session, sent, complaints) = (String::new(), 0, Vec::new());
        let mut browser = Self { child, to, from, session, sent, complaints, _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached =
            browser.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Calls a method of the protocol and waits for its answer.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The answer to a call, which can be an error.
    fn answer(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser reads");
        loop {
            let answer = match self.from.recv_timeout(PATIENCE) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Timeout) => panic!("no answer to {method} within {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the browser has ended before it answered {method}")
                }
            };
            if answer["id"] == self.sent {
                return answer;
            }
            self.listen(&answer);
        }
    }

    fn listen(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Log.entryAdded") if params["entry"]["level"] != "verbose" => {
                self.complaints.push(params["entry"].to_string());
            }
            // What a policy forbids is asked for, too, and never answered.
            Some(method @ ("Network.requestWillBeSent" | "Network.responseReceived")) => {
                let (key, what) = match method {
                    "Network.responseReceived" => ("response", "got"),
                    _ => ("request", "asked for"),
                };
                let url = params[key]["url"].as_str().unwrap_or_default();
                if !["file:", "data:", "about:"].iter().any(|scheme| url.starts_with(scheme)) {
                    self.complaints.push(format!("{what} {url}"));
                }
            }
            _ => {}
        }
    }

    /// What went wrong since this was asked last.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // Whatever was said before the answer has arrived with it.
        self.eval("0");
        std::mem::take(&mut self.complaints)
    }

    /// Opens a file and waits until the expression `until` is true there.
    pub(crate) fn open(&mut self, file: &Path, until: &str) {
        self.go(&format!("file://{}", file.display()), until);
    }

    /// Goes to an address and waits until the expression `until` is true there.
    pub(crate) fn go(&mut self, url: &str, until: &str) {
        self.call("Page.navigate", json!({ "url": url }));
        self.wait(until);
    }

    /// Waits until an expression is true.
    pub(crate) fn wait(&mut self, until: &str) {
        let start = std::time::Instant::now();
        let params = json!({"expression": format!("Boolean({until})"), "returnByValue": true});
        loop {
            // A page that is left in the middle of an answer has an error for one, and the next page is asked again.
            let answer = self.answer("Runtime.evaluate", params.clone());
            assert!(answer["result"]["exceptionDetails"].is_null(), "{until}: {answer}");
            if answer["result"]["result"]["value"] == true {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{until} is not true after {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The value of an expression in the page; promises are waited for.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Presses and releases a key.
    pub(crate) fn key(&mut self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let text = if key == "Enter" && kind == "keyDown" { "\r" } else { "" };
            let params =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// The window as a PNG file.
    pub(crate) fn screenshot(&mut self) -> Vec<u8> {
        use base64::Engine as _;
        let answer = self.call("Page.captureScreenshot", json!({"format": "png"}));
        let text = answer["data"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
