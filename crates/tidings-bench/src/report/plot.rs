//! Horizontal bars as SVG: the median as the bar, the least and the most as a whisker, the number beside it.

use std::fmt::Write;

use crate::statistics::Summary;

/// A contender.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) is_ours: bool,
    /// The scale is made for the others; a bar that is too long for it is cut, and points out of the picture.
    pub(super) may_leave: bool,
    /// One, or the lesser and the greater of two, drawn over one another.
    pub(super) bars: Vec<Bar>,
}

#[derive(Debug)]
pub(super) struct Bar {
    pub(super) summary: Summary,
    pub(super) shown: String,
}

const WIDTH: f64 = 760.0;
const HEADER: f64 = 40.0;
const ROW: f64 = 34.0;
const BAR: f64 = 18.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 210.0;
const LONGEST: f64 = 390.0;

/// The look of `docs/overview.svg`, by day and by night.
const STYLE: &str = "\
    .ours { fill: #0969da; }
    .theirs { fill: #8c959f; }
    .range { stroke: #1f2328; stroke-width: 1.5; }
    .axis { stroke: #8c959f; }
    text { fill: #1f2328; }
    .soft { fill: #57606a; font-size: 12px; }
    @media (prefers-color-scheme: dark) {
      .ours { fill: #58a6ff; }
      .theirs { fill: #6e7681; }
      .range { stroke: #e6edf3; }
      text { fill: #e6edf3; }
      .soft { fill: #9da7b1; }
    }";

/// A picture of `rows`.
pub(super) fn bars(title: &str, rows: &[Row]) -> String {
    let height = HEADER + ROW * rows.len() as f64 + 10.0;
    let title = escape(title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"title\" font-family=\"ui-sans-serif, system-ui, sans-serif\" font-size=\"14\">\n  \
         <title id=\"title\">{title}</title>\n  <style>\n    {STYLE}\n  </style>\n  \
         <text x=\"10\" y=\"24\" font-weight=\"600\">{title}</text>\n"
    );
    let scale = LONGEST / longest(rows);
    for (index, row) in rows.iter().enumerate() {
        row.draw(HEADER + ROW * index as f64, scale, &mut svg);
    }
    let bottom = height - 10.0;
    line(&mut svg, "axis", (LEFT, HEADER), (LEFT, bottom));
    svg + "</svg>\n"
}

/// The value that takes the whole length.
fn longest(rows: &[Row]) -> f64 {
    let of = |leave: bool| {
        let rows = rows.iter().filter(move |row| leave || !row.may_leave);
        let bars = rows.flat_map(|row| &row.bars);
        bars.map(|bar| bar.summary.most).fold(0.0, f64::max)
    };
    let longest = match of(false) {
        0.0 => of(true),
        longest => longest.max(of(true).min(longest * 1.5)),
    };
    if longest > 0.0 { longest } else { 1.0 }
}

impl Row {
    fn draw(&self, top: f64, scale: f64, svg: &mut String) {
        let middle = top + ROW / 2.0;
        let class = if self.is_ours { "ours" } else { "theirs" };
        text(svg, "", (10.0, middle), &self.label);
        let mut end = LEFT;
        // The greater first and paler, so that the lesser is seen on it.
        for (index, bar) in self.bars.iter().enumerate().rev() {
            let opacity = if index == 0 { 1.0 } else { 0.45 };
            let Summary {
                median,
                least,
                most,
            } = bar.summary;
            let at = |value: f64| LEFT + (value * scale).clamp(0.0, LONGEST);
            rectangle(
                svg,
                class,
                opacity,
                (LEFT, middle - BAR / 2.0),
                at(median) - LEFT,
            );
            line(svg, "range", (at(least), middle), (at(most), middle));
            end = at(most).max(end);
        }
        let leaves = self
            .bars
            .iter()
            .any(|bar| bar.summary.median * scale > LONGEST);
        let shown: Vec<&str> = self.bars.iter().map(|bar| bar.shown.as_str()).collect();
        let arrow = if leaves { "→ " } else { "" };
        let shown = format!("{arrow}{}", shown.join(" · "));
        text(svg, "soft", (end + 8.0, middle), &shown);
    }
}

fn rectangle(svg: &mut String, class: &str, opacity: f64, (x, y): (f64, f64), width: f64) {
    put(
        svg,
        format_args!(
            "<rect class=\"{class}\" opacity=\"{opacity}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>"
        ),
    );
}

fn line(svg: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    put(
        svg,
        format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ),
    );
}

fn text(svg: &mut String, class: &str, (x, y): (f64, f64), content: &str) {
    // The baseline lies below the middle by about a third of the letters' size.
    let (y, content) = (y + 5.0, escape(content));
    put(
        svg,
        format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{content}</text>"),
    );
}

fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(svg, "  {element}").expect("a string takes everything");
}

fn escape(content: &str) -> String {
    content.replace('&', "&amp;").replace('<', "&lt;")
}
