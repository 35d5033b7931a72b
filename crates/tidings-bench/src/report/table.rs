//! A table in Markdown, with columns of one width, so that it can be read on a terminal as well.

use std::fmt::{self, Display, Formatter};

#[derive(Debug)]
pub(super) struct Table {
    /// The heading first.
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(heading: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let heading = heading.into_iter().map(Into::into).collect();
        Self {
            rows: vec![heading],
        }
    }

    /// Adds a row. Cells that it lacks are empty.
    pub(super) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows[0].len();
        let width =
            |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| width(cell));
        (0..columns)
            .map(|column| self.rows.iter().map(|row| width(row, column)).max())
            .map(|widest| widest.unwrap_or(0).max(3))
            .collect()
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, widest) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let padding = widest - width(cell);
                write!(f, "| {cell}{:padding$} ", "")?;
            }
            writeln!(f, "|")?;
            if index == 0 {
                for widest in &widths {
                    write!(f, "|{}", "-".repeat(widest + 2))?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_one_width() {
        let mut table = Table::new(["who", "µs"]);
        table.push(vec!["tidings".into(), "7.13 µs".into()]);
        table.push(vec!["nobody".into()]);
        assert_eq!(
            table.to_string(),
            "| who     | µs      |\n\
             |---------|---------|\n\
             | tidings | 7.13 µs |\n\
             | nobody  |         |\n"
        );
    }
}
