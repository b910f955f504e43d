//! The machine that was measured on, without anything that names it.

use serde::Serialize;

/// What bears on how fast things are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Operating system and processor architecture.
    pub platform: String,
    /// The processor's own name, where the system tells it.
    pub processor: Option<String>,
    /// Processors that this program may use.
    pub cores: usize,
    /// Memory, where the system tells it.
    pub memory_mib: Option<u64>,
    /// Mean number of tasks that ran or waited to, over the minute before the first measurement: more than nothing is
    /// somebody else's work, and makes seconds larger than they need be.
    pub load_before: Option<f64>,
}

impl Machine {
    /// Looks at this one.
    #[must_use]
    pub fn look() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Self {
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: value_of(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_mib: value_of(&read("/proc/meminfo"), "MemTotal").and_then(|text| kibibytes(&text)),
            load_before: read("/proc/loadavg").split(' ').next().and_then(|text| text.parse().ok()),
        }
    }
}

/// What stands after `name` and a colon.
fn value_of(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

fn kibibytes(text: &str) -> Option<u64> {
    text.strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_from_what_linux_tells() {
        let info = "processor\t: 0\nmodel name\t: A Processor @ 2.0GHz\nmodel name\t: Another\n";
        assert_eq!(value_of(info, "model name").as_deref(), Some("A Processor @ 2.0GHz"));
        assert_eq!(value_of("", "model name"), None);
        assert_eq!(kibibytes("2097152 kB"), Some(2048));
        assert_eq!(kibibytes("much"), None);
    }
}
