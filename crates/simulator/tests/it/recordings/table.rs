//! Which scenarios are replayed, how, and what is left out.

/// A part of a scenario that is not compared.
pub(super) struct LeftOut {
    /// The label of a request (with all that its prompt causes), or the kind of message.
    pub(super) what: &'static str,
    pub(super) why: &'static str,
}

/// How a scenario is replayed.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) left_out: &'static [LeftOut],
    /// The server was started with `--preview-method latent2rgb`.
    pub(super) previews: bool,
    /// Time in the recording at which the server was killed, and whether it was started again.
    pub(super) kill: Option<(f64, bool)>,
    /// A fault that gives the server the pace of the recorded one.
    pub(super) pace: Option<&'static str>,
    /// The recorded server had a checkpoint.
    pub(super) model: bool,
    /// Prompts that ran before, on the same server, and left results behind.
    pub(super) before: &'static [&'static str],
}

const PLAIN: Scenario = Scenario {
    name: "",
    left_out: &[],
    previews: false,
    kill: None,
    pace: None,
    model: true,
    before: &[],
};

const NEEDS_CLASS: &str = "its class is not among those that the simulator executes";

const fn class(what: &'static str) -> LeftOut {
    LeftOut {
        what,
        why: NEEDS_CLASS,
    }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "01_empty_save",
        ..PLAIN
    },
    Scenario {
        name: "02_cached_repeat",
        ..PLAIN
    },
    Scenario {
        name: "03_upload_scale_preview",
        ..PLAIN
    },
    Scenario {
        name: "04_batch",
        ..PLAIN
    },
    Scenario {
        name: "05_runtime_error",
        ..PLAIN
    },
    Scenario {
        name: "10_validation",
        model: false,
        ..PLAIN
    },
    Scenario {
        name: "20_txt2img_preview_legacy",
        previews: true,
        ..PLAIN
    },
    Scenario {
        name: "21_txt2img_preview_metadata",
        previews: true,
        before: &["20_txt2img_preview_legacy"],
        ..PLAIN
    },
    Scenario {
        name: "22_text_progress_and_output_kinds",
        left_out: &[
            class("text_progress"),
            class("animated_webp"),
            class("video"),
            class("audio"),
            class("latent"),
        ],
        ..PLAIN
    },
    Scenario {
        name: "30_interrupt_ksampler",
        previews: true,
        pace: Some("slow-node=KSampler:1s"),
        before: &["20_txt2img_preview_legacy"],
        ..PLAIN
    },
    Scenario {
        name: "31_interrupt_global_async_sleep",
        ..PLAIN
    },
    Scenario {
        name: "33_dynamic_cycle_and_blocker",
        left_out: &[
            class("dynamic_cycle"),
            class("expansion_async"),
            class("async_error"),
            class("blocker"),
            class("blocker_silent"),
        ],
        ..PLAIN
    },
    Scenario {
        name: "34_duplicate_ids",
        ..PLAIN
    },
    Scenario {
        name: "40_ws_same_clientid_twice",
        ..PLAIN
    },
    Scenario {
        name: "41_ws_reconnect_midrun",
        ..PLAIN
    },
    Scenario {
        name: "42_ws_race_post_vs_events",
        left_out: &[LeftOut {
            what: "unrecorded requests",
            why: "the recording shows events of prompts whose requests it does not hold",
        }],
        ..PLAIN
    },
    Scenario {
        name: "44_logs_subscribe",
        ..PLAIN
    },
    Scenario {
        name: "50_kill9_midrun",
        kill: Some((1193.1, true)),
        ..PLAIN
    },
    Scenario {
        name: "51_sigterm_midrun",
        kill: Some((1334.0, false)),
        ..PLAIN
    },
];

/// Scenarios that tests of their own cover, or that cannot be replayed.
pub(super) const NOT_REPLAYED: &[(&str, &str)] = &[
    ("06_traps", "has another form; replayed by `traps`"),
    (
        "60_http_routes",
        "needs its request bodies made anew; replayed by `routes`",
    ),
    (
        "32_queue_ops",
        "seven prompts were queued before the busy server took the first, which is a race; the \
         order of the heap, deletion and cancelling are told by tests of their own",
    ),
    (
        "43_ws_misc",
        "does not hold what the client sent; each of its stories is told by a test of its own",
    ),
    (
        "61_assets_multiuser",
        "needs flags that a default server is not started with",
    ),
];
