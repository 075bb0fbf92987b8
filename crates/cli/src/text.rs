//! Tables, bars and numbers for a terminal.

use std::io::{self, Write};

/// Columns as wide as their widest cell; the last one is not padded.
pub fn table(to: &mut impl Write, rows: &[Vec<String>]) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, &width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Where a range lies on a ring of 2^128, drawn in `cells` characters. Even the smallest shows.
pub fn bar(start: u128, end: u128, cells: u32) -> String {
    // Ends of ranges are whole cells but for the last digits, which a drawing need not show.
    let cell = |key: f64| key / (u128::MAX as f64) * f64::from(cells);
    let (first, end) = ((cell(start as f64) + 1e-9) as u32, (cell(end as f64 + 1.0) - 1e-9).ceil() as u32);
    let (first, last) = (first.min(cells.saturating_sub(1)), end.saturating_sub(1));
    (0..cells).map(|at| if (first..=last).contains(&at) { '█' } else { '·' }).collect()
}

/// The height of each value beside the greatest.
pub fn profile(values: &[f64]) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let height = |value: f64| if greatest > 0.0 { (value / greatest * 8.0).ceil() as usize } else { 0 };
    values.iter().map(|&value| HEIGHTS[height(value).min(8)]).collect()
}

/// `1.5 KiB`.
pub fn bytes(count: f64) -> String {
    match count {
        c if c < 1024.0 => format!("{c:.0} B"),
        c if c < 1024.0 * 1024.0 => format!("{:.1} KiB", c / 1024.0),
        c if c < 1024.0 * 1024.0 * 1024.0 => format!("{:.1} MiB", c / 1024.0 / 1024.0),
        c => format!("{:.1} GiB", c / 1024.0 / 1024.0 / 1024.0),
    }
}

pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// `1 record`, `2 records`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_drawn_where_they_lie() {
        assert_eq!(bar(0, u128::MAX, 4), "████");
        assert_eq!(bar(1 << 127, u128::MAX, 4), "··██");
        assert_eq!(bar(0, (1 << 126) - 1, 4), "█···");
        assert_eq!(bar(u128::MAX, u128::MAX, 3), "··█");
    }

    #[test]
    fn profiles_show_what_is_small_beside_what_is_great() {
        assert_eq!(profile(&[0.0, 0.01, 4.0, 8.0]), " ▁▄█");
        assert_eq!(profile(&[0.0, 0.0]), "  ");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let mut out = Vec::new();
        table(&mut out, &[row(["a", "b"]), row(["größer", "c"])]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a       b\ngrößer  c\n");
    }
}
