//! GizmoSQL, as it was seen: a bound value becomes its text, and a change reports a result with the column `Count`.
