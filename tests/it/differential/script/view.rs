//! Views, whose columns are expressions of a kind.

use super::{Choices, Column, KINDS, Kind, Maker, Table};

/// A view of tables and of earlier views.
pub(super) fn view(n: usize, tables: &[Table], choices: &mut Choices<'_>) -> Table {
    let name = format!("v{n}");
    let mut maker = Maker::new(choices, tables);
    maker.has_binds = false;
    let from = maker.from();
    maker.push("SELECT a.id");
    let mut columns = vec![Column::of_view("id".to_owned(), Kind::Int)];
    for index in 0..=maker.choices.pick(3) {
        let kind = *maker.choices.of(&KINDS);
        maker.push(", ");
        match maker.choices.chance(5) {
            true => maker.column(kind),
            false => maker.expr(kind),
        }
        columns.push(Column::of_view(format!("x{index}"), kind));
    }
    maker.push(&from);
    maker.filter();
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    let view = format!("CREATE VIEW {name} ({}) AS {}", names.join(", "), maker.sql);
    Table {
        name,
        columns,
        view: Some(view),
    }
}

impl Column {
    fn of_view(name: String, kind: Kind) -> Self {
        Self {
            name,
            decl: "",
            kind,
            rest: String::new(),
        }
    }
}
