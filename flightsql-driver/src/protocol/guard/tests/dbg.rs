use arrow_array::*;
#[test]
fn dbg() {
    use super::arrays::*; use super::streams::*; use arrow_schema::*; use std::sync::Arc;
    let f = |n: &str, d| Arc::new(Field::new(n, d, true));
    let u: UnionFields = [(5, f("item", DataType::Null)), (0, f("c", DataType::Int32))].into_iter().collect();
    let ends = Arc::new(Field::new("run_ends", DataType::Int16, false));
    for t in [DataType::Union(u, UnionMode::Sparse), DataType::LargeList(f("item", DataType::FixedSizeList(f("item", DataType::RunEndEncoded(ends, f("values", DataType::Int8))), 3)))] {
    let schema = schema_of(vec![t]);
    'a: for seed in 0..500 {
    let mut random = Random(seed);
    for (i, options) in all_options().into_iter().enumerate() {
        let b: Vec<_> = [40usize, 0].into_iter().map(|r| batch(&mut random, &schema, r)).collect();
        let m = encode(&b, &options).unwrap();
        let g = super::check(super::limits(), &m);
        let d = decode(m.clone());
        if g.is_err() || d.as_ref() != Ok(&b) { eprintln!("{seed} {i} {g:?} eq {} {}", d.as_ref() == Ok(&b), d.as_ref().err().cloned().unwrap_or_default());
          if d.is_ok() {eprintln!("{d:?}\n{b:?}");}
          for m in &m {
        let h = arrow_ipc::root_as_message(&m.data_header).unwrap();
        if let Some(r) = h.header_as_record_batch() { eprintln!("{:?} {:?} {:?} {:?}", r.length(), r.nodes(), r.buffers(), m.data_body); }
        }
        for b in &b { eprintln!("{:?}", b.column(0).to_data()); }
        break 'a; } 
    }}}
}
