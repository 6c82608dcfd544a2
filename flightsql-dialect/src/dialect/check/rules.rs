//! Contradictions of a type map: rules that never apply, and conversions that do not exist.

use arrow_schema::{DataType, Field};

use super::Problems;
use crate::arrow::convert::plain::converts;
use crate::dialect::types::{is_named, is_sql_type};
use crate::dialect::{LogicalType, Place, SentAs, TypeMap, TypeRule};

pub(super) fn check(types: &TypeMap, found: &mut Problems) {
    for (index, rule) in types.map.iter().enumerate() {
        let place = format!("types.map[{index}]");
        let mut earlier = types.map[..index].iter();
        if let Some(first) = earlier.position(|earlier| covers(earlier, rule)) {
            found.add(format_args!(
                "{place} never applies: types.map[{first}] matches all of its columns first; put it before that rule"
            ));
        }
        check_rule(rule, &place, found);
    }
    for (own, sent) in &types.bind {
        if *own != LogicalType::Any && !converts(own, sent, crate::dialect::Encoding::Value) {
            found.add(format_args!(
                "types.bind.{own}: cannot convert `{own}` to `{sent}`"
            ));
        }
    }
    for (own, name) in &types.names {
        let mut rest = name.clone();
        for known in ["{precision}", "{scale}", "{length}"] {
            rest = rest.replace(known, "");
        }
        if name.trim().is_empty() || rest.contains(['{', '}']) {
            found.add(format_args!(
                "types.names.{own} is not a valid name of a type; use text, {{precision}}, {{scale}} and {{length}}"
            ));
        }
    }
}

fn check_rule(rule: &TypeRule, place: &str, found: &mut Problems) {
    let TypeRule {
        sent, means, send, ..
    } = rule;
    // A parameter that is sent as another type is not converted from the reported type.
    let corrected = send.is_some() && rule.at == Some(Place::Parameter);
    if *means == LogicalType::Any {
        found.add(format_args!("{place}.means = \"any\" is not one type"));
    } else if !corrected && !converts(sent, means, rule.encoding) {
        found.add(format_args!(
            "{place}: cannot convert `{sent}` to `{means}`"
        ));
    } else if let Some(example) = without_unit(rule) {
        found.add(format_args!(
            "{place}.means = \"{means}\" needs a unit, since `{sent}` has none: write {example}"
        ));
    }
    if let Some(send) = send {
        if !matches!(rule.at, None | Some(Place::Parameter)) {
            found.add(format_args!("{place}.send applies to parameters only"));
        }
        if let SentAs::Type(send) = send
            && !converts(means, send, crate::dialect::Encoding::Value)
        {
            found.add(format_args!(
                "{place}.send: cannot convert `{means}` to `{send}`"
            ));
        }
    }
}

/// Returns the type with a unit as an example, if neither the rule nor the columns that it matches have a unit.
fn without_unit(rule: &TypeRule) -> Option<String> {
    let lacks = matches!(
        rule.means,
        LogicalType::Time(None)
            | LogicalType::Timestamp(None)
            | LogicalType::Instant(None)
            | LogicalType::Duration(None)
    );
    // Types without parameters have one Arrow type.
    let sent = rule.sent.resolve(&Field::new("", DataType::Null, true))?;
    (lacks && rule.means.resolve(&sent).is_none()).then(|| format!("{}(ms)", rule.means))
}

/// Returns `true` if every column that matches `later` matches `earlier` too.
fn covers(earlier: &TypeRule, later: &TypeRule) -> bool {
    let at = earlier.at.is_none() || earlier.at == later.at;
    let extension = earlier.extension.is_none() || earlier.extension == later.extension;
    at && extension
        && earlier.sent.covers(&later.sent)
        && covers_text(&earlier.column, &later.column, is_named)
        && covers_text(&earlier.sql_type, &later.sql_type, is_sql_type)
}

/// Returns `true` if every name that matches the pattern `later` matches `earlier`; a `*` at the end matches any suffix.
fn covers_text(
    earlier: &Option<String>,
    later: &Option<String>,
    matches: fn(&str, &str) -> bool,
) -> bool {
    match (earlier, later) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(earlier), Some(later)) => match later.strip_suffix('*') {
            // A pattern without `*` matches only some of the names with that prefix.
            Some(start) => earlier.ends_with('*') && matches(earlier, start),
            None => matches(earlier, later),
        },
    }
}
