//! Every setting of the server, defined once.
//!
//! An entry gives the name, the type, the default and, where there is one, the range, both in the words a user would
//! type. From it come the key in the file (`heartbeat`), the variable (`TIDINGS_HEARTBEAT`), the flag (`--heartbeat`),
//! the lines in `--help` and in the man page, and a field of [`Config`]. The type says how a text is read
//! (see [`super::value`]).
//!
//! Bad case: a default or a bound that cannot be read. A test reads all of them.

use std::time::Duration;

use tidings_mercure::HubUrl;
use tidings_mercure::token::{Algorithm, JwksLocation};

use super::trust::Trust;
use super::value::{
    ByteSize, CookieName, HeaderName, IssuerId, Key, Kind, ListenAddress, LogFilter, LogFormat,
    Origin, Value,
};

/// What can be known of a setting without its type.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The key in the file; flag and variable are derived from it.
    pub(crate) name: &'static str,
    /// One or two sentences; the first stands alone in the short help.
    pub(crate) help: &'static str,
    /// The value when nobody says anything, as one would type it.
    pub(crate) default: &'static str,
    /// The least and the greatest value allowed, as one would type them.
    pub(crate) range: Option<(&'static str, &'static str)>,
    /// The heading of the help under which it stands.
    pub(crate) group: &'static str,
    /// How its value is written.
    pub(crate) kind: Kind,
}

impl Setting {
    /// The setting with this key.
    pub(crate) fn named(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The name of its flag, without the dashes in front.
    pub(crate) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The name of its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("TIDINGS_{}", self.name.to_uppercase())
    }

    /// Whether a variable of this text says nothing: an empty one, and for a key also one of white space alone, which
    /// would be a secret that everybody can guess.
    pub(crate) fn is_unset_by(&self, text: &str) -> bool {
        let is_key = self.kind == <Key as Value>::KIND;
        text.is_empty() || (is_key && text.trim().is_empty())
    }
}

macro_rules! settings {
    ($(
        $group:literal {
            $(
                $(#[doc = $help:literal])+
                $name:ident: $type:ty = $default:literal $(, $least:literal ..= $greatest:literal)?;
            )+
        }
    )+) => {
        /// The settings of the server, resolved: each has its value, in its type and in its range.
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct Config {
            $($(
                $(#[doc = $help])+
                pub(crate) $name: $type,
            )+)+
            /// Whose tokens are trusted, from the settings above and the tables `issuers` of the file.
            pub(crate) trusted: Vec<Trust>,
            /// What was understood, but does not do what it says: to be told at the start, each in a sentence.
            pub(crate) remarks: Vec<String>,
        }

        /// All settings, in the order of the help.
        pub(crate) static SETTINGS: &[Setting] = &[
            $($(
                Setting {
                    name: stringify!($name),
                    help: concat!($($help),+),
                    default: $default,
                    range: settings!(@range $($least, $greatest)?),
                    group: $group,
                    kind: <$type as Value>::KIND,
                },
            )+)+
        ];

        impl Config {
            /// Has `read` give the value of each setting.
            pub(super) fn read_all(read: &mut impl ReadSetting) -> Config {
                Config {
                    $($(
                        $name: settings!(@read read, stringify!($name), $type $(, $least, $greatest)?),
                    )+)+
                    trusted: Vec::new(),
                    remarks: Vec::new(),
                }
            }
        }
    };
    (@range) => { None };
    (@range $least:literal, $greatest:literal) => { Some(($least, $greatest)) };
    (@read $read:ident, $name:expr, $type:ty) => {
        $read.any::<$type>($name)
    };
    (@read $read:ident, $name:expr, $type:ty, $least:literal, $greatest:literal) => {
        $read.within::<$type>($name, $least, $greatest)
    };
}

/// Long enough that coming back costs nothing to speak of, short enough for who has withdrawn a right.
const GREATEST_AGE_WITH_TOKENS: Duration = Duration::from_secs(60 * 60);

impl Config {
    /// Whether who publishes needs a token, and who subscribes too unless `anonymous` says otherwise.
    pub(crate) fn asks_for_tokens(&self) -> bool {
        !self.trusted.is_empty()
    }

    /// Whether the Mercure protocol is served.
    pub(crate) fn serves_mercure(&self) -> bool {
        self.mercure.unwrap_or(self.asks_for_tokens())
    }

    /// The name that the hub goes by where it is told none: an image of a Mercure hub is at this one, with the issuer that
    /// goes without saying.
    pub(crate) fn implied_hub(&self) -> Option<&'static str> {
        let implied = self.trusted.iter().any(|trust| trust.is_implied);
        (self.public_url.is_none() && implied).then_some("https://localhost/.well-known/mercure")
    }

    /// The greatest age of a stream, if there is one. Without tokens there are no rights that could end.
    pub(crate) fn greatest_age(&self) -> Option<Duration> {
        let unless_set = || self.asks_for_tokens().then_some(GREATEST_AGE_WITH_TOKENS);
        let age = self.stream_lifetime.or_else(unless_set);
        age.filter(|age| !age.is_zero())
    }
}

/// What gives a setting its value: [`mod@super::resolve`].
pub(super) trait ReadSetting {
    /// The value of a setting that takes every value of its type.
    fn any<T: Value>(&mut self, name: &'static str) -> T;

    /// The value of a setting that has bounds.
    fn within<T: Value + PartialOrd>(
        &mut self,
        name: &'static str,
        least: &str,
        greatest: &str,
    ) -> T;
}

settings! {
    "Listening" {
        /// Where to listen; `localhost` means every loopback address.
        /// May be given more than once, or as a list with commas.
        listen: Vec<ListenAddress> = "localhost:5000";
        /// Origin of web pages elsewhere that may use the hub, such as `https://example.com`, or `*` for all.
        /// May be given more than once, or as a list with commas.
        allow_origin: Vec<Origin> = "";
    }

    "History" {
        /// Messages kept for subscribers that come back.
        history_messages: usize = "100000", "1" ..= "1000000000";
        /// Memory for the messages kept.
        history_bytes: ByteSize = "64MiB", "1KiB" ..= "1TiB";
        /// How long a message is kept.
        history_age: Duration = "1h", "100ms" ..= "365d";
        /// Tell a subscriber by an event named `gap` when messages it asked for are no longer kept.
        /// Without it, what is lost before a stream opens is missing in silence; a stream that loses something later is ended.
        gap_event: bool = "true";
    }

    "Streams" {
        /// Send a comment to a stream when nothing else was sent for this long.
        /// Proxies cut a silent stream, many after 60s, some after 30s.
        heartbeat: Duration = "15s", "100ms" ..= "1h";
        /// Close a connection whose client has read nothing for this long, although there was something to read.
        stall_timeout: Duration = "60s", "100ms" ..= "1d";
        /// Kernel memory for what a client has not taken yet, of each connection.
        send_buffer: ByteSize = "128KiB", "4KiB" ..= "64MiB";
        /// Write events to plain HTTP/1.1 sockets directly; off only to compare.
        direct_lane: bool = "true";
        /// Time over which clients are asked to come back when their streams are ended.
        /// Each is given a random part of it, so that not all come at once.
        return_within: Duration = "5s", "100ms" ..= "1h";
        /// Greatest age of a stream: it is ended then, or up to a fifth sooner, and its client comes back and misses nothing.
        /// So rights that were withdrawn end, and connections spread over servers again. Unless it is set, 1h once there is a
        /// key and none otherwise; `0s` is none.
        stream_lifetime: Option<Duration> = "", "0s" ..= "365d";
        /// Time over which streams are ended when the server is told to stop.
        drain: Duration = "5s", "0s" ..= "1h";
    }

    "Limits" {
        /// Connections open at a time; fewer where the system allows fewer open files.
        max_connections: usize = "50000", "1" ..= "10000000";
        /// Subscribers at a time.
        max_subscribers: usize = "40000", "1" ..= "10000000";
        /// Subscribers at a time from one address, or from one network of IPv6 (/64); 0 is no limit of their own.
        /// One too many is answered with 429, and a browser does not try again after that: leave room for several users behind
        /// one address, and for streams whose clients have vanished. Behind a proxy, set client_address_header too.
        max_subscribers_per_client: usize = "0", "0" ..= "10000000";
        /// Header in which a proxy tells the address of its client, such as `X-Forwarded-For`; its last entry counts.
        /// Set it only where all requests come through that proxy: others could write in it what they like.
        client_address_header: Option<HeaderName> = "";
        /// Topics of one message, and of one subscriber.
        max_topics: usize = "100", "1" ..= "10000";
        /// Size of the body of a request.
        body_limit: ByteSize = "2MiB", "1KiB" ..= "1GiB";
        /// Size of the head of a request.
        head_limit: ByteSize = "32KiB", "1KiB" ..= "1MiB";
        /// Length of the path and the query of a request.
        /// Not more than head_limit; the default is lowered to it.
        target_limit: ByteSize = "8KiB", "256B" ..= "1MiB";
        /// Time in which the head of a request must be complete.
        /// Also how long a connection may wait for its next request.
        head_timeout: Duration = "10s", "100ms" ..= "10m";
        /// Time in which the body of a request must be complete.
        body_timeout: Duration = "30s", "100ms" ..= "1h";
    }

    "Tokens" {
        /// Key of the tokens that may publish: a secret, a public key in PEM, or `file:PATH` for a file with one of them.
        /// With a key, who publishes needs a token, on every path. All users of a machine can see its command lines,
        /// so a secret is better in a file, which is read again when it changes, or in the variable.
        publisher_jwt_key: Option<Key> = "";
        /// Algorithm of the tokens that may publish.
        publisher_jwt_alg: Algorithm = "HS256";
        /// Key of the tokens that may subscribe: a secret, a public key in PEM, or `file:PATH` for a file with one of them.
        /// It may be the same as that of publishers; another one is safer.
        subscriber_jwt_key: Option<Key> = "";
        /// Algorithm of the tokens that may subscribe.
        subscriber_jwt_alg: Algorithm = "HS256";
        /// Set of public keys (JWKS) of tokens that may publish and subscribe: a URL, or `file:PATH`.
        /// It is read again while the server runs, so that keys can change.
        jwks: Option<JwksLocation> = "";
        /// Who issues the tokens: what they have as `iss`. With it, the keys above are for tokens of Mercure 1.0.
        /// Without it they are for tokens of 0.x, and those from variables of a Mercure image also for tokens of 1.0 of
        /// `https://localhost`. In the file, tables `[[issuers]]` with `id` and keys name more issuers.
        issuer: Option<IssuerId> = "";
        /// Whether the keys are for tokens of Mercure 0.x too, also when there is an issuer.
        legacy_tokens: Option<bool> = "";
        /// Let those subscribe who have no token; private messages are kept from them.
        anonymous: bool = "false";
    }

    "Mercure protocol" {
        /// Serve the Mercure protocol at `/.well-known/mercure`; unless it is set, once there is a key.
        mercure: Option<bool> = "";
        /// The URL of `/.well-known/mercure` as clients know it, which tokens of 1.0 must have as `aud`.
        /// One without a path means the hub there, and tokens may have it as `aud` as it is written, too. Without the
        /// setting, each request's own `Host`. Set it behind a proxy.
        public_url: Option<HubUrl> = "";
        /// Name of the cookie that may hold a token; one that begins with `__Secure-` needs https.
        cookie_name: CookieName = "__Secure-mercure_access_token";
        /// Origin of web pages that may publish with a cookie, such as `https://example.com`, or `*` for all.
        /// May be given more than once, or as a list with commas.
        publish_origin: Vec<Origin> = "";
        /// Tell of active subscriptions, by events and at `/.well-known/mercure/subscriptions`.
        subscriptions: bool = "false";
    }

    "Logging" {
        /// What is logged: error, warn, info, debug, trace or off.
        /// May name levels for single modules, as in `info,tidings_hub=debug`.
        log: LogFilter = "info";
        /// How the log is written to standard error.
        log_format: LogFormat = "text";
    }
}
