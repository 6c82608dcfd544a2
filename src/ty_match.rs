//! Comparisons by the compiler for the checked macros: arguments with parameters, and named types with columns.
//!
//! An argument may be a reference or an `Option` of the type. Method resolution selects the case: a call on a wrapper takes
//! the first applicable implementation, starting with the receiver itself and then with one reference more or less.
//!
//! This code never runs: the macros call it inside `if false`.

use std::marker::PhantomData;

use flightsql_driver::type_checking::fits::{Accepts, Known, Reads};
pub use flightsql_driver::type_checking::kinds;

/// The reported type `T` and the type `U` of an argument.
pub struct WrapSame<T, U>(PhantomData<T>, PhantomData<U>);

impl<T, U> std::fmt::Debug for WrapSame<T, U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrapSame")
    }
}

impl<T, U> WrapSame<T, U> {
    /// Creates the pair of `T` and the type of `_argument`.
    pub fn new(_argument: &U) -> Self {
        Self(PhantomData, PhantomData)
    }
}

/// `Option<T>` if the argument is an `Option`, otherwise `T`.
pub trait WrapSameExt: Sized {
    /// The type to compare with.
    type Wrapped;

    /// Is called only for its type.
    fn wrap_same(self) -> Self::Wrapped {
        never()
    }
}

impl<T, U> WrapSameExt for WrapSame<T, Option<U>> {
    type Wrapped = Option<T>;
}

impl<T, U> WrapSameExt for &'_ WrapSame<T, U> {
    type Wrapped = T;
}

/// The Rust type `T` of a parameter, the type `U` of its argument and the kind `K` of the reported type.
pub struct MatchBorrow<T, U, K>(PhantomData<(T, U, K)>);

impl<T, U, K> std::fmt::Debug for MatchBorrow<T, U, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MatchBorrow")
    }
}

impl<T, U, K> MatchBorrow<T, U, K> {
    /// Returns a slot for the parameter's type, and the three types.
    pub fn new(parameter: T, _argument: &U, _kind: PhantomData<K>) -> (T, Self) {
        (parameter, Self(PhantomData))
    }
}

/// The parameter's type, if its argument is accepted.
///
/// It is called on `&&&&MatchBorrow`, and method resolution selects the applicable implementation with the most references:
///
/// 1. `&&&&`: the two types differ by references only;
/// 2. `&&&`: they are one type. An argument without a type of its own (`-1`, `3_000_000_000`) takes the parameter's type here,
///    since this is one implementation;
/// 3. `&&`: the argument converts to the kind of the parameter without loss;
/// 4. `&`: anything else ([`MatchRefused`]).
pub trait MatchBorrowExt: Sized {
    /// Returns the value for the slot of the parameter's type.
    type Matched;

    /// Is called only for its type.
    fn match_borrow(self) -> Self::Matched {
        never()
    }
}

macro_rules! matching {
    ($([$($generics:tt)*] $parameter:ty, $argument:ty;)*) => {$(
        impl<$($generics)*> MatchBorrowExt for &&&&MatchBorrow<$parameter, $argument, K> {
            type Matched = $parameter;
        }
    )*};
}

matching! {
    ['a, K] &'a str, String;
    ['a, K] Option<&'a str>, Option<String>;
    ['a, K] Option<&'a str>, Option<&'a String>;
    ['a, T, K] &'a [T], Vec<T>;
    ['a, T, K] Option<&'a [T]>, Option<Vec<T>>;
    ['a, T, K] Option<&'a [T]>, Option<&'a Vec<T>>;
    ['a, T, K, const N: usize] &'a [T], [T; N];
    ['a, T, K, const N: usize] &'a [T], &'a [T; N];
    ['a, T, K] &'a T, T;
    ['a, 'b, T, K] &'a &'b T, T;
    ['a, T, K] T, &'a T;
    ['a, 'b, T, K] T, &'a &'b T;
    ['a, T, K] Option<&'a T>, Option<T>;
    ['a, 'b, T, K] Option<&'a &'b T>, Option<T>;
    ['a, T, K] Option<T>, Option<&'a T>;
    ['a, 'b, T, K] Option<T>, Option<&'a &'b T>;
}

impl<T, K> MatchBorrowExt for &&&MatchBorrow<T, T, K> {
    type Matched = T;
}

impl<T, U: Accepts<K>, K> MatchBorrowExt for &&MatchBorrow<T, U, K> {
    type Matched = T;
}

/// An argument that no other implementation accepts; the compiler's error names both types.
pub trait MatchRefused<T, U>: Sized {
    /// Is called only for its type.
    fn match_borrow(self) -> T
    where
        U: ConvertsTo<T>,
    {
        never()
    }
}

impl<T, U, K> MatchRefused<T, U> for &MatchBorrow<T, U, K> {}

/// An argument's type that converts to the parameter's type `T` without loss.
#[diagnostic::on_unimplemented(
    message = "expected an argument that converts to `{T}` without loss, found `{Self}`",
    label = "the type of this parameter is `{T}`",
    note = "convert the argument, or write `value as _` to bind it unchanged and check it at run time"
)]
pub trait ConvertsTo<T> {}

impl<T> ConvertsTo<T> for T {}

/// The type `T` that an alias or `sqlx.toml` names for a column of the kind `K`.
pub struct Column<T, K>(PhantomData<(T, K)>);

impl<T, K> std::fmt::Debug for Column<T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Column")
    }
}

impl<T, K> Column<T, K> {
    /// Creates the pair of the two types.
    #[expect(clippy::new_without_default, reason = "only a type")]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// A type of the driver's table, which must read the column. It is called on `&Column`.
pub trait KnownColumn<T, K>: Sized {
    /// Is called only for its type.
    fn check(self)
    where
        T: ReadsColumn<K>,
    {
        never()
    }
}

impl<T: Known, K> KnownColumn<T, K> for Column<T, K> {}

/// Any other type, such as a user-defined type, which is compared when a value is read.
pub trait UnknownColumn: Sized {
    /// Is called only for its type.
    fn check(self) {
        never()
    }
}

impl<T, K> UnknownColumn for &Column<T, K> {}

/// A type that reads columns of the kind `K`.
#[diagnostic::on_unimplemented(
    message = "a column of the Arrow type `{K}` cannot be read as `{Self}`",
    label = "`{Self}` is named for this column",
    note = "name another type, or convert the value in the SQL"
)]
pub trait ReadsColumn<K> {}

#[diagnostic::do_not_recommend]
impl<T: Reads<K>, K> ReadsColumn<K> for T {}

/// Returns a value of the type of `_value`, so that an expression is evaluated once.
pub fn dupe_value<T>(_value: &T) -> T {
    never()
}

#[expect(clippy::panic, reason = "inside `if false` in every expansion")]
fn never<T>() -> T {
    panic!("this only has a type and is never run")
}
