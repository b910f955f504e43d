//! The result for people.

use comfy_table::{CellAlignment, Table, presets};

use super::{Case, Spread};

/// One line a case, medians with smallest and largest behind them.
#[must_use]
pub fn table(cases: &[Case]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["", "script", "engine, fresh", "ratio", "engine, all equal", "ratio"]);
    for case in cases {
        let it = &case.summary;
        table.add_row([
            case.name.clone(),
            seconds(&it.script),
            seconds(&it.fresh),
            ratio(&it.fresh_ratio),
            seconds(&it.equal),
            ratio(&it.equal_ratio),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn seconds(it: &Spread) -> String {
    format!("{:.2} s ({:.2}–{:.2})", it.median, it.min, it.max)
}

fn ratio(it: &Spread) -> String {
    format!("{:.2} ({:.2}–{:.2})", it.median, it.min, it.max)
}
