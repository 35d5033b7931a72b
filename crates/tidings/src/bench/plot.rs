//! The distribution of the latencies as an SVG: latency by percentile, as plots of HdrHistogram show it.
//!
//! The axis of percentiles is logarithmic towards 100 %, so that each "nine" has the same room and the slowest deliveries
//! are seen. Written by hand: it is two axes and a line, for which a library of charts is much to build.

use std::fmt::Write;

use hdrhistogram::Histogram;

use super::table::duration;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 56.0;

/// Points of the line for each nine.
const POINTS: u32 = 40;

/// The most nines there is room for: 99.99999 %.
const NINES: u32 = 7;

/// Lines across, above that of zero.
const STEPS: u32 = 5;

/// The plot of times in nanoseconds.
pub(super) fn svg(title: &str, times: &Histogram<u64>) -> String {
    // As many nines as there are deliveries for: the last point is the slowest of all.
    let nines = times.len().max(10).ilog10().clamp(1, NINES);
    let step = nice(times.max().max(1) as f64 / 1e3 / f64::from(STEPS));
    let plot = Plot {
        nines,
        greatest: step * f64::from(STEPS),
    };
    let mut svg = String::new();
    plot.write(&mut svg, title, times)
        .expect("writing to a string does not fail");
    svg
}

/// A number of one digit and zeros (or 25 and zeros) that is not less.
fn nice(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let digits = [1.0, 2.0, 2.5, 5.0];
    let nice = digits
        .iter()
        .map(|digit| digit * power)
        .find(|nice| *nice >= least);
    nice.unwrap_or(10.0 * power)
}

struct Plot {
    /// Nines on the axis of percentiles: 3 is up to 99.9 %.
    nines: u32,
    /// The end of the axis of latencies, in microseconds.
    greatest: f64,
}

impl Plot {
    fn write(&self, svg: &mut String, title: &str, times: &Histogram<u64>) -> std::fmt::Result {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let title = escape(title);
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>{title}</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="{LEFT}" y="24" font-size="14">{title}</text>"##
        )?;
        writeln!(svg, r##"<g stroke="#ddd">"##)?;
        for line in 0..=STEPS {
            let y = self.y(self.latency(line));
            writeln!(svg, r#"<path d="M{LEFT} {y:.1}H{right}"/>"#)?;
        }
        for nines in 0..=self.nines {
            let x = self.x(f64::from(nines));
            writeln!(svg, r#"<path d="M{x:.1} {TOP}V{bottom}"/>"#)?;
        }
        writeln!(svg, "</g>\n<g text-anchor=\"end\">")?;
        for line in 0..=STEPS {
            let (x, y) = (LEFT - 8.0, self.y(self.latency(line)) + 4.0);
            let label = if line == 0 {
                "0".to_owned()
            } else {
                label(self.latency(line))
            };
            writeln!(svg, r#"<text x="{x}" y="{y:.1}">{label}</text>"#)?;
        }
        writeln!(svg, "</g>\n<g text-anchor=\"middle\">")?;
        for nines in 0..=self.nines {
            let (x, y) = (self.x(f64::from(nines)), bottom + 18.0);
            writeln!(
                svg,
                r#"<text x="{x:.1}" y="{y}">{}</text>"#,
                percentile(nines)
            )?;
        }
        let (x, y) = ((LEFT + right) / 2.0, bottom + 42.0);
        writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\">percentile of deliveries</text>\n</g>"
        )?;
        writeln!(
            svg,
            r##"<path d="{}" fill="none" stroke="#0b6bcb" stroke-width="2" stroke-linejoin="round"/>"##,
            self.line(times)
        )?;
        writeln!(svg, "</svg>")
    }

    /// The path through the percentiles.
    fn line(&self, times: &Histogram<u64>) -> String {
        let points = (0..=self.nines * POINTS).map(|point| {
            let nines = f64::from(point) / f64::from(POINTS);
            let time = times.value_at_quantile(1.0 - 10_f64.powf(-nines)) as f64 / 1e3;
            format!("{:.1} {:.1}", self.x(nines), self.y(time))
        });
        let points: Vec<String> = points.collect();
        format!("M{}", points.join("L"))
    }

    fn latency(&self, line: u32) -> f64 {
        self.greatest * f64::from(line) / f64::from(STEPS)
    }

    fn x(&self, nines: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * nines / f64::from(self.nines)
    }

    fn y(&self, microseconds: f64) -> f64 {
        // The histogram knows a time to three digits, so one can be a little over the greatest.
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (microseconds / self.greatest).min(1.0)
    }
}

/// A time on the axis, without zeros that say nothing.
fn label(microseconds: f64) -> String {
    let text = duration(microseconds);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => text,
    }
}

/// The percentile with so many nines.
fn percentile(nines: u32) -> String {
    match nines {
        0 => "0 %".to_owned(),
        1 => "90 %".to_owned(),
        2 => "99 %".to_owned(),
        _ => format!("99.{} %", "9".repeat(nines as usize - 2)),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_rises_from_the_fastest_to_the_slowest() {
        let mut times = Histogram::<u64>::new(3).unwrap();
        for microseconds in (1..1000).chain([1]) {
            times.record(microseconds * 1000).unwrap();
        }
        let svg = svg("1 < 2 & 3", &times);
        assert!(
            svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
            "{svg}"
        );
        assert!(svg.contains("<title>1 &lt; 2 &amp; 3</title>"), "{svg}");
        for label in [
            ">0 %<",
            ">90 %<",
            ">99 %<",
            ">99.9 %<",
            ">0<",
            ">200 µs<",
            ">1 ms<",
        ] {
            assert!(svg.contains(label), "{label} is not in {svg}");
        }
        assert!(!svg.contains(">99.99 %<"), "{svg}");
        let line = svg.split("<path d=\"M").last().unwrap();
        let points = line.split('"').next().unwrap().split('L');
        let heights: Vec<f64> = points
            .map(|point| point.split(' ').nth(1).unwrap().parse().unwrap())
            .collect();
        assert!(
            heights.windows(2).all(|pair| pair[0] >= pair[1]),
            "{heights:?}"
        );
        assert!(heights.last() < Some(&(TOP + 1.0)), "{heights:?}");
    }

    #[test]
    fn nothing_and_little_can_be_plotted() {
        let mut times = Histogram::<u64>::new(3).unwrap();
        assert!(svg("", &times).contains(">90 %<"));
        times.record(5).unwrap();
        assert!(svg("", &times).contains("0.01 µs<"));
    }

    #[test]
    fn axes_end_at_round_numbers() {
        for (least, expected) in [
            (1.0, 1.0),
            (1.1, 2.0),
            (24.0, 25.0),
            (260.0, 500.0),
            (0.06, 0.1),
        ] {
            assert!((nice(least) - expected).abs() < 1e-9, "{least}");
        }
    }
}
